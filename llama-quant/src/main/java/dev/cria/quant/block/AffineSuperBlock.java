package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What Q4_K and Q5_K have in common: 256 weights in 8 groups of 32, binary16 factors d and dmin at bytes 0 and 2, and
 * from byte 4 a 6-bit scale s and a 6-bit minimum m for each group; a weight is {@code d * s * q - dmin * m}. The first
 * four scales and minima are the lower six bits of bytes 0 to 3 and 4 to 7; of the others, bytes 8 to 11 hold the lower
 * four bits (scale in the low nibble) and the upper two bits of bytes 0 to 7 the upper two.
 */
final class AffineSuperBlock {
    static final int SIZE = 256;
    static final int GROUP = 32;
    static final int GROUPS = SIZE / GROUP;
    /** Bytes before the levels. */
    static final int HEADER = 16;

    private static final int SCALES = 4;
    private static final int LARGEST_SCALE = 63;

    private AffineSuperBlock() {}

    /** The 6-bit scale of a group in the block at {@code offset}. */
    static int scale(MemorySegment block, long offset, int group) {
        long scales = offset + SCALES;
        return group < 4
                ? block.get(ValueLayout.JAVA_BYTE, scales + group) & 63
                : (block.get(ValueLayout.JAVA_BYTE, scales + group + 4) & 15)
                        | ((block.get(ValueLayout.JAVA_BYTE, scales + group - 4) & 0xc0) >> 2);
    }

    /** The 6-bit minimum of a group in the block at {@code offset}. */
    static int minimum(MemorySegment block, long offset, int group) {
        long scales = offset + SCALES;
        return group < 4
                ? block.get(ValueLayout.JAVA_BYTE, scales + group + 4) & 63
                : ((block.get(ValueLayout.JAVA_BYTE, scales + group + 4) >> 4) & 15)
                        | ((block.get(ValueLayout.JAVA_BYTE, scales + group) & 0xc0) >> 2);
    }

    /** Writes some blocks, whose levels the format arranges after the header. */
    static void encode(EncoderKernels kernels, AffineSearch search, float[] source, int sourceOffset, int blocks,
            Packing packing, int bytes, MemorySegment target, long offset) {
        GroupFits fits = new GroupFits(blocks * GROUPS);
        kernels.fit(search, source, sourceOffset, blocks * GROUPS, fits);
        int[] levels = new int[SIZE];
        byte[] block = new byte[bytes];
        for (int i = 0; i < blocks; i++) {
            encode(kernels, search, source, sourceOffset + i * SIZE, fits, i * GROUPS, block, levels);
            packing.pack(levels, block);
            MemorySegment.copy(block, 0, target, ValueLayout.JAVA_BYTE, offset + (long) i * block.length,
                    block.length);
        }
    }

    /** How a format arranges its levels. */
    @FunctionalInterface
    interface Packing {
        /** Writes the levels of a block after its header. */
        void pack(int[] levels, byte[] block);
    }

    /** Writes the header of a block and finds the level of each weight. */
    private static void encode(EncoderKernels kernels, AffineSearch search, float[] source, int sourceOffset,
            GroupFits fits, int firstGroup, byte[] block, int[] levels) {
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
        MemorySegment segment = MemorySegment.ofArray(block);
        segment.set(BlockCodec.SHORT, 0, d);
        segment.set(BlockCodec.SHORT, 2, dmin);
        Arrays.fill(block, SCALES, HEADER, (byte) 0);
        for (int group = 0; group < GROUPS; group++) {
            int scale = Math.min(LARGEST_SCALE, Rounding.halfEven(toScale * fits.scales[firstGroup + group]) & 0xff);
            int minimum = Math.min(LARGEST_SCALE,
                    Rounding.halfEven(toMinimum * fits.minima[firstGroup + group]) & 0xff);
            if (group < 4) {
                block[SCALES + group] = (byte) scale;
                block[SCALES + group + 4] = (byte) minimum;
            } else {
                block[SCALES + group + 4] = (byte) ((scale & 15) | ((minimum & 15) << 4));
                block[SCALES + group - 4] |= (byte) ((scale >> 4) << 6);
                block[SCALES + group] |= (byte) ((minimum >> 4) << 6);
            }
            int first = sourceOffset + group * GROUP;
            float step = Float.float16ToFloat(d) * scale;
            if (step == 0) {
                search.levels(source, first, fits, firstGroup + group, levels, group * GROUP);
            } else {
                kernels.round(source, first, GROUP, Float.float16ToFloat(dmin) * minimum, step, 0, search.greatest(),
                        levels, group * GROUP);
            }
        }
    }
}
