/** Kernel primitives: weight matrices, matrix products, normalisation, softmax, and the worker team. */
@NullMarked
package dev.cria.core;

import org.jspecify.annotations.NullMarked;
