/**
 * Weights rearranged for speed: the rows of a panel lie side by side, so that a vector lane is a row. Nothing is
 * rounded or re-quantised: the numbers are those of the file, in another order, in the same number of bytes.
 */
@NullMarked
package dev.cria.quant.packed;

import org.jspecify.annotations.NullMarked;
