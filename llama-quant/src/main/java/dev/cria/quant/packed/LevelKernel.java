package dev.cria.quant.packed;

import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * The inner loops of {@link GroupedVectors}, one for each width of levels: two vectors of rows, those from {@code lane}
 * on and those 16 further. A weight is scale times level plus summand, rounded once: scale (at most 19 bits) times
 * level is exact.
 */
interface LevelKernel {
    /** Where the summands begin among the scales. */
    int SUMMANDS = GroupLayout.MOST_GROUPS * Matrix.PANEL_ROWS;

    /**
     * Multiplies groups with inputs, on top of the sums that are there.
     *
     * @param weights packed weights
     * @param at offset of the ints of the first group for the first lane
     * @param stride bytes from one run of ints to the next
     * @param groups number of groups
     * @param scales {@code [MOST_GROUPS][PANEL_ROWS]} scales and after them as many summands
     * @param lane first row of the first vector
     * @param x inputs
     * @param xOffset index of the first input
     * @param out sums
     * @param outOffset index of the sum of the first row of the panel
     */
    void multiply(MemorySegment weights, long at, int stride, int groups, float[] scales, int lane, float[] x,
            int xOffset, float[] out, int outOffset);
}
