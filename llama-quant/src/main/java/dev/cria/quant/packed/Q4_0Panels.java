package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Q4_0: blocks of 32 columns. First the scales as in {@link Q8_0Panels}; then {@code [4][PANEL_ROWS]} ints, each with
 * eight neighbouring columns of a row. Column i of the eight is in the four bits from {@code 8 + 4 i} (mod 32): the
 * first is where {@link Q4_0Vectors} wants it, the next ones come there by rotation.
 */
public final class Q4_0Panels implements PanelFormat {
    static final int COLUMNS = 32;
    static final int SCALE_BYTES = Q8_0Panels.SCALE_BYTES;
    static final int BYTES = SCALE_BYTES + COLUMNS * PANEL_ROWS / 2;
    /** Where the first of eight columns begins in its int. */
    static final int FIRST_BIT = 8;
    private static final int SOURCE_BLOCK = 18;
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
    public boolean pack(byte[] source, int rowBytes, int rows, int columns, int[] target) {
        Arrays.fill(target, 0);
        for (int r = 0; r < rows; r++) {
            for (int block = 0; block < columns / COLUMNS; block++) {
                int from = r * rowBytes + block * SOURCE_BLOCK;
                int to = block * (BYTES / 4);
                Q8_0Panels.packScale(source, from, r, target, to);
                int lane = to + SCALE_BYTES / 4 + r;
                for (int half = 0; half < 2; half++) {
                    // 8 bytes hold columns 8h..8h+7 in their low and 16+8h.. in their high nibbles
                    long pairs = (long) Bytes.LONG.get(source, from + 2 + 8 * half);
                    target[lane + half * PANEL_ROWS] = Integer.rotateLeft(nibbles(pairs), FIRST_BIT);
                    target[lane + (half + 2) * PANEL_ROWS] = Integer.rotateLeft(nibbles(pairs >>> 4), FIRST_BIT);
                }
            }
        }
        return true;
    }

    /** The low nibbles of eight bytes side by side: pairs, fours and eights are moved together. */
    private static int nibbles(long bytes) {
        long n = bytes & 0x0f0f0f0f0f0f0f0fL;
        n = (n | (n >>> 4)) & 0x00ff00ff00ff00ffL;
        n = (n | (n >>> 8)) & 0x0000ffff0000ffffL;
        return (int) (n | (n >>> 16));
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
