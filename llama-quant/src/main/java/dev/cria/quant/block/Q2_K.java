package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q2_K: 256 weights in 16 groups of 16. Each group has a byte with a 4-bit scale s (low nibble) and a 4-bit minimum m
 * (high nibble); the block has binary16 factors d and dmin for them; a weight is {@code d * s * q - dmin * m}. The
 * 2-bit levels q of each half of 128 lie in 32 bytes: bits 2g and 2g + 1 of byte i belong to weight 32g + i.
 */
public final class Q2_K implements BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int LEVELS = 16;
    private static final int SCALE = 80;
    private static final int MINIMUM = 82;
    private static final int BYTES = 84;
    private static final float LARGEST_SCALE = 15;
    private static final AffineSearch SEARCH = new AffineSearch(GROUP, 3, -0.5f, 15, true);

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
        float d = Float.float16ToFloat(source.get(SHORT, offset + SCALE));
        float dmin = Float.float16ToFloat(source.get(SHORT, offset + MINIMUM));
        for (int group = 0; group < GROUPS; group++) {
            int packed = source.get(ValueLayout.JAVA_BYTE, offset + group);
            float scale = d * (packed & 15);
            float minimum = dmin * ((packed >> 4) & 15);
            long levels = offset + LEVELS + TwoBits.start(group);
            int shift = TwoBits.shift(group);
            int first = targetOffset + group * GROUP;
            for (int i = 0; i < GROUP; i++) {
                int level = (source.get(ValueLayout.JAVA_BYTE, levels + i) >> shift) & 3;
                target[first + i] = scale * level - minimum;
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
        for (int i = 0; i < blocks; i++) {
            long block = offset + (long) i * BYTES;
            encodeScales(kernels, source, sourceOffset + i * SIZE, fits, i * GROUPS, target, block, levels);
            TwoBits.write(levels, target, block + LEVELS);
        }
    }

    private static void encodeScales(EncoderKernels kernels, float[] source, int sourceOffset, GroupFits fits,
            int firstGroup, MemorySegment target, long offset, int[] levels) {
        float largestScale = 0;
        float largestMinimum = 0;
        for (int group = firstGroup; group < firstGroup + GROUPS; group++) {
            largestScale = Math.max(largestScale, fits.scales[group]);
            largestMinimum = Math.max(largestMinimum, fits.minima[group]);
        }
        float toScale = largestScale > 0 ? LARGEST_SCALE / largestScale : 0;
        float toMinimum = largestMinimum > 0 ? LARGEST_SCALE / largestMinimum : 0;
        short d = HalfScale.bits(largestScale / LARGEST_SCALE);
        short dmin = HalfScale.bits(largestMinimum / LARGEST_SCALE);
        target.set(SHORT, offset + SCALE, d);
        target.set(SHORT, offset + MINIMUM, dmin);
        for (int group = 0; group < GROUPS; group++) {
            int packed = Rounding.halfEven(toScale * fits.scales[firstGroup + group])
                    | (Rounding.halfEven(toMinimum * fits.minima[firstGroup + group]) << 4);
            target.set(ValueLayout.JAVA_BYTE, offset + group, (byte) packed);
            int first = sourceOffset + group * GROUP;
            float step = Float.float16ToFloat(d) * (packed & 15);
            if (step == 0) {
                SEARCH.levels(source, first, fits, firstGroup + group, levels, group * GROUP);
            } else {
                kernels.round(source, first, GROUP, Float.float16ToFloat(dmin) * ((packed >> 4) & 15), step, 0,
                        SEARCH.greatest(), levels, group * GROUP);
            }
        }
    }
}
