/** Which pieces a tokenizer should have. */
@NullMarked
package dev.cria.train.pieces;

import org.jspecify.annotations.NullMarked;
