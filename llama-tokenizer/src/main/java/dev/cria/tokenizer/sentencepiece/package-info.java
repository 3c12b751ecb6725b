/** The SentencePiece model file. */
@NullMarked
package dev.cria.tokenizer.sentencepiece;

import org.jspecify.annotations.NullMarked;
