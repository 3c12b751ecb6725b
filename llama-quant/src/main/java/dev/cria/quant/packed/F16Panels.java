package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * IEEE binary16: {@code [columns / 2][PANEL_ROWS]} ints, each with two neighbouring columns of a row, the first below.
 * The numbers are recoded with an exponent bias of 25 instead of 15, which makes the subnormal ones normal: as inputs
 * of a multiplication they would cost a hundred cycles, and one weight in 400 of a common model is subnormal. What is
 * 128 or more, infinite or not a number has no code.
 */
public final class F16Panels implements PanelFormat {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Turns the bits of a code, as those of a float's exponent and mantissa, into the number. */
    static final float BIAS = 0x1p102f;
    private static final int SMALLEST_NORMAL = 0x0400;
    private static final int LIMIT = 0x5800;
    private static final int MAGNITUDE = 0x7fff;
    private static final int BIAS_STEP = 10 << 10;
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
    public boolean pack(byte[] source, int rowBytes, int rows, int columns, int[] target) {
        Arrays.fill(target, 0);
        int largest = 0;
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns / 2; k++) {
                int pair = (int) Bytes.INT.get(source, r * rowBytes + 4 * k);
                int low = pair & MAGNITUDE;
                int high = (pair >>> 16) & MAGNITUDE;
                largest = Math.max(largest, Math.max(low, high));
                target[k * PANEL_ROWS + r] = (pair & 0x80008000) | code(low) | (code(high) << 16);
            }
        }
        return largest < LIMIT;
    }

    /** The code of the magnitude of a number. */
    private static int code(int magnitude) {
        if (magnitude >= SMALLEST_NORMAL) {
            return (magnitude + BIAS_STEP) & MAGNITUDE;
        }
        if (magnitude == 0) {
            return 0;
        }
        int top = 31 - Integer.numberOfLeadingZeros(magnitude);
        return ((top + 1) << 10) | ((magnitude << (10 - top)) & 0x3ff);
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
                target[targetOffset + 2 * k * PANEL_ROWS + r] = weight(pair << 16);
                target[targetOffset + (2 * k + 1) * PANEL_ROWS + r] = weight(pair);
            }
        }
    }

    /** The number whose code is in the upper half. */
    private static float weight(int code) {
        return Float.intBitsToFloat((code >> 3) & 0x8fffe000) * BIAS;
    }
}
