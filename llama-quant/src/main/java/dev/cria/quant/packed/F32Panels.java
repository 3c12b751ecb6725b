package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

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
    public void pack(MemorySegment source, long offset, long rowBytes, int rows, int columns, MemorySegment target,
            long targetOffset) {
        for (int k = 0; k < columns; k++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float value = r < rows ? source.get(FLOAT, offset + r * rowBytes + 4L * k) : 0f;
                target.set(FLOAT, targetOffset + 4L * (k * PANEL_ROWS + r), value);
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
