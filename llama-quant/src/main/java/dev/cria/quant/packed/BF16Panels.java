package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;

/** bfloat16, the upper half of a float: laid out as {@link F16Panels}. */
public final class BF16Panels implements PanelFormat {
    private static final ExpandingKernel PLAIN = new ExpandingKernel(BF16Panels::expand, 2, 4 * PANEL_ROWS);

    @Override
    public int blockColumns() {
        return 2;
    }

    @Override
    public int blockBytes() {
        return 4 * PANEL_ROWS;
    }

    @Override
    public boolean pack(byte[] source, int rowBytes, int rows, int columns, int[] target) {
        F32Panels.packInts(source, rowBytes, rows, columns / 2, target);
        return true;
    }

    @Override
    public PanelKernel plain() {
        return PLAIN;
    }

    @Override
    public PanelKernel vector() {
        return new BF16Vectors();
    }

    private static void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int k = 0; k < blocks; k++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                int pair = weights.get(F16Panels.INT, offset + 4L * (k * PANEL_ROWS + r));
                target[targetOffset + 2 * k * PANEL_ROWS + r] = Float.intBitsToFloat(pair << 16);
                target[targetOffset + (2 * k + 1) * PANEL_ROWS + r] = Float.intBitsToFloat(pair & 0xffff0000);
            }
        }
    }
}
