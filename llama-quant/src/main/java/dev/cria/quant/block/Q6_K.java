package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Q6_K: 256 weights in 16 groups of 16, each with a signed 8-bit scale s, and one binary16 factor d; a weight is
 * {@code d * s * (q - 32)}. The 6-bit levels q of each half of 128 lie in 64 bytes with the lower four bits (the low
 * nibbles of byte i are weight i, the high nibbles weight 64 + i) and 32 bytes with the upper two (bits 2k and 2k + 1
 * of byte i are weight 32k + i).
 */
public final class Q6_K implements BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int FACTOR = 208;
    private static final int BYTES = 210;
    private static final int HALF_LEVELS = 32;
    private static final ScaleSearch SEARCH = new ScaleSearch(GROUP, HALF_LEVELS);

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
        encode(EncoderKernels.plain(), source, sourceOffset, 1, target, offset);
    }

    @Override
    public void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        encode(EncoderKernels.best(), source, sourceOffset, blocks, target, offset);
    }

    private static void encode(EncoderKernels kernels, float[] source, int sourceOffset, int blocks,
            MemorySegment target, long offset) {
        GroupFits fits = new GroupFits(blocks * GROUPS);
        kernels.fit(SEARCH, source, sourceOffset, blocks * GROUPS, fits);
        int[] levels = new int[SIZE];
        byte[] block = new byte[BYTES];
        for (int i = 0; i < blocks; i++) {
            encode(kernels, source, sourceOffset + i * SIZE, fits, i * GROUPS, levels, block);
            MemorySegment.copy(block, 0, target, ValueLayout.JAVA_BYTE, offset + (long) i * BYTES, BYTES);
        }
    }

    private static void encode(EncoderKernels kernels, float[] source, int sourceOffset, GroupFits fits, int firstGroup,
            int[] levels, byte[] block) {
        float extreme = Range.extreme(fits.scales, firstGroup, GROUPS);
        if (Math.abs(extreme) < ScaleSearch.ZERO) {
            Arrays.fill(block, (byte) 0);
            return;
        }
        float inverse = -128f / extreme;
        short factor = HalfScale.bits(1 / inverse);
        MemorySegment.ofArray(block).set(SHORT, FACTOR, factor);
        for (int group = 0; group < GROUPS; group++) {
            byte scale = (byte) Math.min(127, Rounding.halfEven(inverse * fits.scales[firstGroup + group]));
            block[SCALES + group] = scale;
            float d = Float.float16ToFloat(factor) * scale;
            int first = sourceOffset + group * GROUP;
            if (d == 0) {
                SEARCH.levels(source, first, fits, firstGroup + group, levels, group * GROUP);
            } else {
                kernels.round(source, first, GROUP, 0, d, -HALF_LEVELS, HALF_LEVELS - 1, levels, group * GROUP);
            }
        }
        pack(levels, block);
    }

    /** Levels are stored from 0 on. */
    private static void pack(int[] levels, byte[] block) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int first = 128 * half + i;
                int a = levels[first] + HALF_LEVELS;
                int b = levels[first + 32] + HALF_LEVELS;
                int c = levels[first + 64] + HALF_LEVELS;
                int e = levels[first + 96] + HALF_LEVELS;
                block[64 * half + i] = (byte) ((a & 15) | ((c & 15) << 4));
                block[64 * half + i + 32] = (byte) ((b & 15) | ((e & 15) << 4));
                block[UPPER + 32 * half + i] = (byte) ((a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((e >> 4) << 6));
            }
        }
    }
}
