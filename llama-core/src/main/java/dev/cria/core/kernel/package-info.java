/** The implementations of {@link dev.cria.core.Kernels} and the choice among them. */
@NullMarked
package dev.cria.core.kernel;

import org.jspecify.annotations.NullMarked;
