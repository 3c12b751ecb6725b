package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.BytePanels;
import dev.cria.core.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Q8_0, as {@link BytePanels}. The first of four columns is where {@link Q8_0Vectors} wants it, the next ones come
 * there by rotation.
 */
public final class Q8_0Panels implements PanelFormat {
    static final int COLUMNS = BytePanels.COLUMNS;
    static final int SCALE_BYTES = BytePanels.SCALE_BYTES;
    static final int BYTES = BytePanels.BLOCK_BYTES;
    /** Where the first of four columns begins in its int. */
    static final int FIRST_BIT = BytePanels.firstBit(0);
    private static final int SOURCE_BLOCK = 34;
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
    public boolean pack(byte[] source, int rowBytes, int rows, int columns, int[] target) {
        Arrays.fill(target, 0);
        for (int r = 0; r < rows; r++) {
            for (int block = 0; block < columns / COLUMNS; block++) {
                int from = r * rowBytes + block * SOURCE_BLOCK;
                int to = block * (BYTES / 4);
                packScale(source, from, r, target, to);
                int lane = to + SCALE_BYTES / 4 + r;
                for (int i = 0; i < COLUMNS / 4; i++) {
                    int four = (int) Bytes.INT.get(source, from + 2 + 4 * i);
                    target[lane + i * PANEL_ROWS] = Integer.rotateLeft(four ^ 0x80808080, FIRST_BIT);
                }
            }
        }
        return true;
    }

    /**
     * Puts the scale of a row, with which its block of the source begins, beside that of the row 16 before or after.
     */
    static void packScale(byte[] source, int from, int row, int[] target, int to) {
        int scale = (short) Bytes.SHORT.get(source, from) & 0xffff;
        target[to + row % (PANEL_ROWS / 2)] |= row < PANEL_ROWS / 2 ? scale : scale << 16;
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

    @Override
    public PanelKernel kernel(Kernels kernels) {
        PanelKernel inJava = PanelFormat.super.kernel(kernels);
        return kernels.bytePanels().<PanelKernel>map(panels -> new Q8_0Machine(panels, inJava)).orElse(inJava);
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
