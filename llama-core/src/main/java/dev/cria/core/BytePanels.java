package dev.cria.core;

import java.lang.foreign.MemorySegment;

/**
 * Products of panels of weights in 8 bits with inputs that are floats. A panel is a run of blocks of {@value #COLUMNS}
 * columns: first ints with the binary16 scales of rows r (lower half) and r + 16 (upper half); then
 * {@code [8][PANEL_ROWS]} ints, each with four neighbouring columns of a row, a byte each, stored as value + 128, at
 * the bit {@link #firstBit}. Stateless and thread-safe.
 */
public interface BytePanels {
    /** Columns of a block. */
    int COLUMNS = 32;
    /** Bytes of a block's scales. */
    int SCALE_BYTES = Short.BYTES * Matrix.PANEL_ROWS;
    /** Bytes of a block. */
    int BLOCK_BYTES = SCALE_BYTES + COLUMNS * Matrix.PANEL_ROWS;

    /**
     * {@return the lowest bit of one of four columns in their int: as if they had been rotated by 8 bits}
     *
     * @param column 0 to 3
     */
    static int firstBit(int column) {
        return (Byte.SIZE + Byte.SIZE * column) % Integer.SIZE;
    }

    /**
     * Adds the product of a panel and a row of inputs to the outputs:
     * {@code out[r] = fma(weight[r][k], x[k], out[r])} for k rising.
     *
     * @param weights packed weights
     * @param offset offset of the first block
     * @param blocks number of blocks
     * @param x inputs
     * @param xOffset index of the first
     * @param out outputs, {@code [PANEL_ROWS]}
     * @param outOffset index of the first
     */
    void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out, int outOffset);
}
