/** The forward pass: a batch of rows to logits. */
@NullMarked
package dev.cria.model.transformer;

import org.jspecify.annotations.NullMarked;
