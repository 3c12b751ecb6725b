/** SentencePiece BPE: text to token ids and back. */
@NullMarked
package dev.cria.tokenizer;

import org.jspecify.annotations.NullMarked;
