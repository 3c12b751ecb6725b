/** The matrices of a model, and those by which an adapter changes them. */
@NullMarked
package dev.cria.model.weights;

import org.jspecify.annotations.NullMarked;
