package dev.cria.quant.packed;

import java.lang.foreign.MemorySegment;

/** The arithmetic on the blocks of a packed panel. Stateless and thread-safe. */
public interface PanelKernel {
    /**
     * Expands blocks to floats, {@code [columns][PANEL_ROWS]}.
     *
     * @param weights packed weights
     * @param offset offset of the first block, in bytes
     * @param blocks number of blocks
     * @param target receives the floats
     * @param targetOffset index of the first of them
     */
    void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset);

    /**
     * Multiplies blocks with inputs: {@code out[r] = fma(weight[r][k], x[k], out[r])} for k rising.
     *
     * @param weights packed weights
     * @param offset offset of the first block, in bytes
     * @param blocks number of blocks
     * @param x inputs
     * @param xOffset index of the first input
     * @param out sums, one per row of the panel
     * @param outOffset index of the first of them
     * @param scratch at least {@link dev.cria.core.Matrix#SCRATCH} floats, free to use
     */
    void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out, int outOffset,
            float[] scratch);
}
