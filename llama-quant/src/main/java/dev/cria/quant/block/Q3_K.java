package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q3_K: 256 weights in 16 groups of 16, each with a 6-bit scale s, and one binary16 factor d; a weight is
 * {@code d * (s - 32) * (q - 4)}. The two lower bits of the 3-bit levels q are arranged as in {@link Q2_K}; the third
 * bit of weight 32b + i is bit b of byte i of the mask. Of scale j, the lower four bits are nibble j / 8 of byte j % 8,
 * the upper two are bits 2 (j / 4) and up of byte 8 + j % 4.
 */
public final class Q3_K implements BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int MASK_BYTES = 32;
    private static final int LEVELS = 32;
    private static final int SCALES = 96;
    private static final int FACTOR = 108;
    private static final int SWEEPS = 5;
    private static final float ZERO = 1e-15f;

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return 110;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset + FACTOR));
        for (int group = 0; group < GROUPS; group++) {
            float scale = d * scale(source, offset + SCALES, group);
            long mask = offset + group % 2 * GROUP;
            int maskBit = group / 2;
            long levels = offset + LEVELS + TwoBits.start(group);
            int shift = TwoBits.shift(group);
            int first = targetOffset + group * GROUP;
            for (int i = 0; i < GROUP; i++) {
                int low = (source.get(ValueLayout.JAVA_BYTE, levels + i) >> shift) & 3;
                int third = (source.get(ValueLayout.JAVA_BYTE, mask + i) >> maskBit) & 1;
                target[first + i] = scale * (low + 4 * third - 4);
            }
        }
    }

    private static int scale(MemorySegment source, long scales, int group) {
        int low = source.get(ValueLayout.JAVA_BYTE, scales + group % 8) >> (group / 8 * 4);
        int high = source.get(ValueLayout.JAVA_BYTE, scales + 8 + group % 4) >> (group / 4 * 2);
        return ((low & 15) | ((high & 3) << 4)) - 32;
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = search(source, sourceOffset + group * GROUP, levels, group * GROUP);
        }
        float extreme = Range.extreme(scales, 0, GROUPS);
        float inverse = extreme == 0 ? 0 : -32f / extreme;
        short factor = HalfScale.bits(extreme == 0 ? 0 : 1 / inverse);
        target.set(SHORT, offset + FACTOR, factor);
        byte[] packed = new byte[FACTOR - SCALES];
        for (int group = 0; group < GROUPS; group++) {
            // without any scale the packed bits stay 0, which stands for -32 times the factor 0
            int scale = extreme == 0 ? -32 : Math.clamp((byte) Rounding.halfEven(inverse * scales[group]), -32, 31);
            int bits = scale + 32;
            packed[group % 8] |= (byte) ((bits & 15) << (group / 8 * 4));
            packed[8 + group % 4] |= (byte) ((bits >> 4) << (group / 4 * 2));
            float d = Float.float16ToFloat(factor) * scale;
            if (d == 0) {
                continue;
            }
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                levels[i] = Rounding.halfEven(source[sourceOffset + i] / d, -4, 3) + 4;
            }
        }
        MemorySegment.copy(packed, 0, target, ValueLayout.JAVA_BYTE, offset + SCALES, packed.length);
        for (int i = 0; i < MASK_BYTES; i++) {
            int mask = 0;
            for (int bit = 0; bit < 8; bit++) {
                mask |= (levels[MASK_BYTES * bit + i] >> 2) << bit;
            }
            target.set(ValueLayout.JAVA_BYTE, offset + i, (byte) mask);
        }
        TwoBits.write(levels, target, offset + LEVELS);
    }

    /**
     * Finds levels and scale of a group by coordinate descent: one level at a time moves to where the squared error is
     * least.
     */
    private static float search(float[] x, int offset, int[] levels, int levelOffset) {
        float extreme = Range.extreme(x, offset, GROUP);
        if (Math.abs(extreme) < ZERO) {
            return 0;
        }
        float inverse = -4 / extreme;
        float sumXL = 0;
        float sumLL = 0;
        int[] level = new int[GROUP];
        for (int i = 0; i < GROUP; i++) {
            float value = x[offset + i];
            level[i] = Rounding.halfEven(inverse * value, -4, 3);
            float w = value * value;
            sumXL += w * value * level[i];
            sumLL += w * level[i] * level[i];
        }
        boolean changed = true;
        for (int sweep = 0; sweep < SWEEPS && changed; sweep++) {
            changed = false;
            for (int i = 0; i < GROUP; i++) {
                float value = x[offset + i];
                float w = value * value;
                float otherXL = sumXL - w * value * level[i];
                if (!(otherXL > 0)) {
                    continue;
                }
                float otherLL = sumLL - w * level[i] * level[i];
                int moved = Rounding.halfEven(value * otherLL / otherXL, -4, 3);
                if (moved == level[i]) {
                    continue;
                }
                otherXL += w * value * moved;
                otherLL += w * moved * moved;
                if (otherLL > 0 && otherXL * otherXL * sumLL > sumXL * sumXL * otherLL) {
                    level[i] = moved;
                    sumXL = otherXL;
                    sumLL = otherLL;
                    changed = true;
                }
            }
        }
        for (int i = 0; i < GROUP; i++) {
            levels[levelOffset + i] = level[i] + 4;
        }
        return sumLL > 0 ? sumXL / sumLL : 0;
    }
}
