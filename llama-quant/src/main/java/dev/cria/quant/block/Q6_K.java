package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q6_K: 256 weights in 16 groups of 16, each with a signed 8-bit scale s, and one binary16 factor d; a weight is
 * {@code d * s * (q - 32)}. The 6-bit levels q of each half of 128 lie in 64 bytes with the lower four bits (the low nibbles of byte i are
 * weight i, the high nibbles weight 64 + i) and 32 bytes with the upper two (bits 2k and 2k + 1 of byte i are weight 32k + i).
 */
public final class Q6_K implements BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int FACTOR = 208;
    private static final int BYTES = 210;
    private static final float ZERO = 1e-15f;

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return BYTES;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset + FACTOR));
        for (int group = 0; group < GROUPS; group++) {
            float scale = d * source.get(ValueLayout.JAVA_BYTE, offset + SCALES + group);
            int half = group / 8;
            int quarter = group / 2 % 4;
            long nibbles = offset + 64 * half + quarter % 2 * 32 + group % 2 * GROUP;
            int nibbleShift = quarter / 2 * 4;
            long upper = offset + UPPER + 32 * half + group % 2 * GROUP;
            int upperShift = quarter * 2;
            int first = targetOffset + group * GROUP;
            for (int i = 0; i < GROUP; i++) {
                int low = (source.get(ValueLayout.JAVA_BYTE, nibbles + i) >> nibbleShift) & 15;
                int high = (source.get(ValueLayout.JAVA_BYTE, upper + i) >> upperShift) & 3;
                target[first + i] = scale * ((low | (high << 4)) - 32);
            }
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = search(source, sourceOffset + group * GROUP, levels, group * GROUP);
        }
        float extreme = Range.extreme(scales, 0, GROUPS);
        if (Math.abs(extreme) < ZERO) {
            target.asSlice(offset, BYTES).fill((byte) 0);
            return;
        }
        float inverse = -128f / extreme;
        short factor = Float.floatToFloat16(1 / inverse);
        target.set(SHORT, offset + FACTOR, factor);
        for (int group = 0; group < GROUPS; group++) {
            byte scale = (byte) Math.min(127, Rounding.halfEven(inverse * scales[group]));
            target.set(ValueLayout.JAVA_BYTE, offset + SCALES + group, scale);
            float d = Float.float16ToFloat(factor) * scale;
            if (d == 0) {
                continue;
            }
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                levels[i] = Rounding.halfEven(source[sourceOffset + i] / d, -32, 31) + 32;
            }
        }
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int first = 128 * half + i;
                int a = levels[first];
                int b = levels[first + 32];
                int c = levels[first + 64];
                int e = levels[first + 96];
                target.set(ValueLayout.JAVA_BYTE, offset + 64 * half + i, (byte) ((a & 15) | ((c & 15) << 4)));
                target.set(ValueLayout.JAVA_BYTE, offset + 64 * half + i + 32, (byte) ((b & 15) | ((e & 15) << 4)));
                target.set(ValueLayout.JAVA_BYTE, offset + UPPER + 32 * half + i,
                        (byte) ((a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((e >> 4) << 6)));
            }
        }
    }

    /**
     * Finds levels and scale of a group: of 19 roundings that stretch the extreme weight to between -31.1 and -32.9 levels, the one whose
     * least-squares scale leaves the smallest error, where each weight counts by its own square.
     */
    private static float search(float[] x, int offset, int[] levels, int levelOffset) {
        float extreme = Range.extreme(x, offset, GROUP);
        if (Math.abs(extreme) < ZERO) {
            return 0;
        }
        float scale = 0;
        float best = 0;
        for (int attempt = 0; attempt < 19; attempt++) {
            // the plain rounding comes first and is kept unless another is better
            int step = attempt == 0 ? 0 : attempt <= 9 ? attempt - 10 : attempt - 9;
            float inverse = -(32 + 0.1f * step) / extreme;
            float sumXL = 0;
            float sumLL = 0;
            for (int i = 0; i < GROUP; i++) {
                float value = x[offset + i];
                int level = Rounding.halfEven(inverse * value, -32, 31);
                float w = value * value;
                sumXL += w * value * level;
                sumLL += w * level * level;
            }
            if (attempt == 0 || (sumLL > 0 && sumXL * sumXL > best * sumLL)) {
                for (int i = 0; i < GROUP; i++) {
                    levels[levelOffset + i] = Rounding.halfEven(inverse * x[offset + i], -32, 31) + 32;
                }
                scale = sumLL == 0 ? 0 : sumXL / sumLL;
                best = scale * sumXL;
            }
        }
        return scale;
    }
}
