package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;

/** The plain product with one row: expands tiles and multiplies them. */
record ExpandingKernel(Expansion expansion, int blockColumns, int blockBytes) implements PanelKernel {
    /** Expands blocks to floats; see {@link PanelKernel#expand}. */
    @FunctionalInterface
    interface Expansion {
        void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset);
    }

    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        expansion.expand(weights, offset, blocks, target, targetOffset);
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        int tileBlocks = Matrix.TILE_COLUMNS / blockColumns;
        for (int block = 0; block < blocks; block += tileBlocks) {
            int count = Math.min(tileBlocks, blocks - block);
            expansion.expand(weights, offset + (long) block * blockBytes, count, scratch, 0);
            Kernels.plain().panelRow(scratch, count * blockColumns, x, xOffset + block * blockColumns, out, outOffset);
        }
    }
}
