package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;

/**
 * Q4_0: blocks of 32 columns. First the scales as in {@link Q8_0Panels}; then {@code [4][PANEL_ROWS]} ints, each with eight
 * neighbouring columns of a row. Column i of the eight is in the four bits from {@code 8 + 4 i} (mod 32): the first is
 * where {@link Q4_0Vectors} wants it, the next ones come there by rotation.
 */
public final class Q4_0Panels implements PanelFormat {
    static final int COLUMNS = 32;
    static final int SCALE_BYTES = Q8_0Panels.SCALE_BYTES;
    static final int BYTES = SCALE_BYTES + COLUMNS * PANEL_ROWS / 2;
    /** Where the first of eight columns begins in its int. */
    static final int FIRST_BIT = 8;
    private static final int SOURCE_BLOCK = 18;
    private static final int LOW_NIBBLES = 0x0f0f0f0f;
    private static final ExpandingKernel PLAIN = new ExpandingKernel(Q4_0Panels::expand, COLUMNS, BYTES);

    @Override
    public int blockColumns() {
        return COLUMNS;
    }

    @Override
    public int blockBytes() {
        return BYTES;
    }

    @Override
    public void pack(MemorySegment source, long offset, long rowBytes, int rows, int columns, MemorySegment target,
            long targetOffset) {
        for (int block = 0; block < columns / COLUMNS; block++) {
            long to = targetOffset + (long) block * BYTES;
            long from = offset + (long) block * SOURCE_BLOCK;
            Q8_0Panels.packScales(source, from, rowBytes, rows, target, to);
            for (int r = 0; r < PANEL_ROWS; r++) {
                long row = from + r * rowBytes + 2;
                for (int half = 0; half < 2; half++) {
                    // 8 bytes hold columns 8h..8h+7 in their low and 16+8h.. in their high nibbles
                    int a = r < rows ? source.get(F16Panels.INT, row + 8L * half) : 0;
                    int b = r < rows ? source.get(F16Panels.INT, row + 8L * half + 4) : 0;
                    int low = Integer.compress(a, LOW_NIBBLES) | (Integer.compress(b, LOW_NIBBLES) << 16);
                    int high = Integer.compress(a, ~LOW_NIBBLES) | (Integer.compress(b, ~LOW_NIBBLES) << 16);
                    long lane = to + SCALE_BYTES + 4L * (half * PANEL_ROWS + r);
                    target.set(F16Panels.INT, lane, Integer.rotateLeft(low, FIRST_BIT));
                    target.set(F16Panels.INT, lane + 8L * PANEL_ROWS, Integer.rotateLeft(high, FIRST_BIT));
                }
            }
        }
    }

    @Override
    public PanelKernel plain() {
        return PLAIN;
    }

    @Override
    public PanelKernel vector() {
        return new Q4_0Vectors();
    }

    private static void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int block = 0; block < blocks; block++) {
            long from = offset + (long) block * BYTES;
            int to = targetOffset + block * COLUMNS * PANEL_ROWS;
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = Q8_0Panels.scale(weights, from, r);
                for (int k = 0; k < COLUMNS; k++) {
                    int eight = weights.get(F16Panels.INT, from + SCALE_BYTES + 4L * (k / 8 * PANEL_ROWS + r));
                    int q = Integer.rotateRight(eight, FIRST_BIT + 4 * (k % 8)) & 15;
                    target[to + k * PANEL_ROWS + r] = (q - 8) * scale;
                }
            }
        }
    }
}
