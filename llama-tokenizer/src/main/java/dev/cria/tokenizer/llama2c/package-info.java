/** The tokenizer file of llama2.c. */
@NullMarked
package dev.cria.tokenizer.llama2c;

import org.jspecify.annotations.NullMarked;
