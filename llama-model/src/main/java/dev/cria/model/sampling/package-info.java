/** From logits to the next token: a chain of small steps over the candidates, then a draw. */
@NullMarked
package dev.cria.model.sampling;

import org.jspecify.annotations.NullMarked;
