/**
 * Weights rearranged for speed: the rows of a panel lie side by side, so that a vector lane is a row. Nothing is
 * rounded or re-quantised: the numbers are those of the file, in another order. They take as many bytes as in the file,
 * or a few percent more where scales are kept in a form that is quicker to read.
 */
@NullMarked
package dev.cria.quant.packed;

import org.jspecify.annotations.NullMarked;
