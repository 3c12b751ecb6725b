package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Floats, {@code [columns][PANEL_ROWS]}. */
public final class F32Panels implements PanelFormat {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ExpandingKernel PLAIN = new ExpandingKernel(F32Panels::expand, 1, 4 * PANEL_ROWS);

    @Override
    public int blockColumns() {
        return 1;
    }

    @Override
    public int blockBytes() {
        return 4 * PANEL_ROWS;
    }

    @Override
    public boolean pack(byte[] source, int rowBytes, int rows, int columns, int[] target) {
        packInts(source, rowBytes, rows, columns, target);
        return true;
    }

    /** Transposes 32-bit units. */
    static void packInts(byte[] source, int rowBytes, int rows, int units, int[] target) {
        Arrays.fill(target, 0);
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < units; k++) {
                target[k * PANEL_ROWS + r] = (int) Bytes.INT.get(source, r * rowBytes + 4 * k);
            }
        }
    }

    @Override
    public PanelKernel plain() {
        return PLAIN;
    }

    @Override
    public PanelKernel vector() {
        return new F32Vectors();
    }

    static void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        MemorySegment.copy(weights, FLOAT, offset, target, targetOffset, blocks * PANEL_ROWS);
    }
}
