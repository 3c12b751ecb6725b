/** The tokenizer file of Hugging Face's tokenizers library. */
@NullMarked
package dev.cria.tokenizer.huggingface;

import org.jspecify.annotations.NullMarked;
