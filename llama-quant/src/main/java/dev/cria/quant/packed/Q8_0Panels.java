package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Q8_0: blocks of 32 columns. First 16 ints with the binary16 scales of rows r (low half) and r + 16 (high half); then
 * {@code [8][PANEL_ROWS]} ints, each with four neighbouring columns of a row, stored as value + 128. Column i of the four is in
 * the eight bits from {@code 8 + 8 i} (mod 32): the first is where {@link Q8_0Vectors} wants it, the next ones come there by
 * rotation.
 */
public final class Q8_0Panels implements PanelFormat {
    static final int COLUMNS = 32;
    static final int SCALE_BYTES = 2 * PANEL_ROWS;
    static final int BYTES = SCALE_BYTES + COLUMNS * PANEL_ROWS;
    /** Where the first of four columns begins in its int. */
    static final int FIRST_BIT = 8;
    private static final int SOURCE_BLOCK = 34;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ExpandingKernel PLAIN = new ExpandingKernel(Q8_0Panels::expand, COLUMNS, BYTES);

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
            packScales(source, from, rowBytes, rows, target, to);
            for (int r = 0; r < PANEL_ROWS; r++) {
                long row = from + r * rowBytes + 2;
                for (int i = 0; i < COLUMNS / 4; i++) {
                    int four = r < rows ? source.get(F16Panels.INT, row + 4L * i) : 0;
                    target.set(F16Panels.INT, to + SCALE_BYTES + 4L * (i * PANEL_ROWS + r),
                            Integer.rotateLeft(four ^ 0x80808080, FIRST_BIT));
                }
            }
        }
    }

    /** Pairs the scales of rows r and r + 16; a block of the source begins with its scale. */
    static void packScales(MemorySegment source, long from, long rowBytes, int rows, MemorySegment target, long to) {
        for (int r = 0; r < PANEL_ROWS / 2; r++) {
            int other = r + PANEL_ROWS / 2;
            short low = r < rows ? source.get(SHORT, from + r * rowBytes) : 0;
            short high = other < rows ? source.get(SHORT, from + other * rowBytes) : 0;
            target.set(F16Panels.INT, to + 4L * r, Half.pair(low, high));
        }
    }

    static float scale(MemorySegment weights, long block, int row) {
        int pair = weights.get(F16Panels.INT, block + 4L * (row % (PANEL_ROWS / 2)));
        return row < PANEL_ROWS / 2 ? Half.lowFloat16(pair) : Half.highFloat16(pair);
    }

    @Override
    public PanelKernel plain() {
        return PLAIN;
    }

    @Override
    public PanelKernel vector() {
        return new Q8_0Vectors();
    }

    private static void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int block = 0; block < blocks; block++) {
            long from = offset + (long) block * BYTES;
            int to = targetOffset + block * COLUMNS * PANEL_ROWS;
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(weights, from, r);
                for (int k = 0; k < COLUMNS; k++) {
                    int four = weights.get(F16Panels.INT, from + SCALE_BYTES + 4L * (k / 4 * PANEL_ROWS + r));
                    target[to + k * PANEL_ROWS
                            + r] = ((Integer.rotateRight(four, FIRST_BIT + 8 * (k % 4)) & 0xff) - 128) * scale;
                }
            }
        }
    }
}
