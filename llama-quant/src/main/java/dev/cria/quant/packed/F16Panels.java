package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** IEEE binary16: {@code [columns / 2][PANEL_ROWS]} ints, each with two neighbouring columns of a row, the first below. */
public final class F16Panels implements PanelFormat {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ExpandingKernel PLAIN = new ExpandingKernel(F16Panels::expand, 2, 4 * PANEL_ROWS);

    @Override
    public int blockColumns() {
        return 2;
    }

    @Override
    public int blockBytes() {
        return 4 * PANEL_ROWS;
    }

    @Override
    public void pack(byte[] source, int rowBytes, int rows, int columns, int[] target) {
        F32Panels.packInts(source, rowBytes, rows, columns / 2, target);
    }

    @Override
    public PanelKernel plain() {
        return PLAIN;
    }

    @Override
    public PanelKernel vector() {
        return new F16Vectors();
    }

    private static void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int k = 0; k < blocks; k++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                int pair = weights.get(INT, offset + 4L * (k * PANEL_ROWS + r));
                target[targetOffset + 2 * k * PANEL_ROWS + r] = Half.lowFloat16(pair);
                target[targetOffset + (2 * k + 1) * PANEL_ROWS + r] = Half.highFloat16(pair);
            }
        }
    }
}
