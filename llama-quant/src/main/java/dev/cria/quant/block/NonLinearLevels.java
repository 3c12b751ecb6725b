package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The sixteen unevenly spaced levels of IQ4_NL and IQ4_XS, and the search for the scale of a group of 32 weights. */
final class NonLinearLevels {
    static final int GROUP = 32;

    private static final byte[] VALUES = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    private static final int STEPS = 7;
    private static final float ZERO = 1e-15f;

    private NonLinearLevels() {}

    /** Decodes 16 bytes: byte i holds weight i in its low and weight i + 16 in its high nibble. */
    static void decode(MemorySegment source, long offset, float scale, float[] target, int targetOffset) {
        for (int i = 0; i < GROUP / 2; i++) {
            int pair = source.get(ValueLayout.JAVA_BYTE, offset + i);
            target[targetOffset + i] = scale * VALUES[pair & 15];
            target[targetOffset + i + GROUP / 2] = scale * VALUES[(pair >> 4) & 15];
        }
    }

    /** Encodes 32 weights into 16 bytes. */
    static void encode(float[] x, int offset, float inverse, MemorySegment target, long targetOffset) {
        for (int i = 0; i < GROUP / 2; i++) {
            int low = nearest(inverse * x[offset + i]);
            int high = nearest(inverse * x[offset + i + GROUP / 2]);
            target.set(ValueLayout.JAVA_BYTE, targetOffset + i, (byte) (low | (high << 4)));
        }
    }

    /**
     * The least-squares scale of a group for the best of several stretchings, where each weight counts by its own
     * square.
     */
    static float scale(float[] x, int offset) {
        float extreme = Range.extreme(x, offset, GROUP);
        if (Math.abs(extreme) < ZERO) {
            return 0;
        }
        float d = 0;
        float best = 0;
        for (int attempt = -STEPS - 1; attempt <= STEPS; attempt++) {
            boolean first = attempt < -STEPS;
            // the first attempt divides twice, as GGML does, which is not the same to the last bit
            float inverse = first ? 1 / (-extreme / VALUES[0]) : (attempt + VALUES[0]) / extreme;
            float sumQX = 0;
            float sumQQ = 0;
            for (int i = 0; i < GROUP; i++) {
                float value = x[offset + i];
                float q = VALUES[nearest(inverse * value)];
                float w = value * value;
                sumQX += w * q * value;
                sumQQ += w * q * q;
            }
            if (first || (sumQQ > 0 && sumQX * sumQX > best * sumQQ)) {
                d = sumQQ > 0 ? sumQX / sumQQ : 0;
                best = d * sumQX;
            }
        }
        return d;
    }

    /** Index of the nearest level, the upper of two equally near. */
    private static int nearest(float value) {
        if (value <= VALUES[0]) {
            return 0;
        }
        int last = VALUES.length - 1;
        if (value >= VALUES[last]) {
            return last;
        }
        int below = 0;
        int above = last;
        while (above - below > 1) {
            int middle = (below + above) / 2;
            if (value < VALUES[middle]) {
                above = middle;
            } else {
                below = middle;
            }
        }
        return value - VALUES[above - 1] < VALUES[above] - value ? above - 1 : above;
    }
}
