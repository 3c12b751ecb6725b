package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What Q4_K and Q5_K have in common: 256 weights in 8 groups of 32, binary16 factors d and dmin at bytes 0 and 2, and from byte 4 a 6-bit
 * scale s and a 6-bit minimum m for each group; a weight is {@code d * s * q - dmin * m}. The first four scales and minima are the
 * lower six bits of bytes 0 to 3 and 4 to 7; of the others, bytes 8 to 11 hold the lower four bits (scale in the low nibble) and the
 * upper two bits of bytes 0 to 7 the upper two.
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

    /** Writes the header of a block and answers the level of each weight. */
    static int[] encode(float[] source, int sourceOffset, AffineSearch search, MemorySegment target, long offset) {
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        float[] minima = new float[GROUPS];
        float largestScale = 0;
        float largestMinimum = 0;
        float[] importance = new float[GROUP];
        for (int group = 0; group < GROUPS; group++) {
            int first = sourceOffset + group * GROUP;
            float squares = 0;
            for (int i = 0; i < GROUP; i++) {
                squares += source[first + i] * source[first + i];
            }
            float spread = (float) Math.sqrt(squares / GROUP);
            for (int i = 0; i < GROUP; i++) {
                importance[i] = spread + Math.abs(source[first + i]);
            }
            AffineSearch.Fit fit = search.fit(source, first, importance, levels, group * GROUP);
            scales[group] = fit.scale();
            minima[group] = fit.minimum();
            largestScale = Math.max(largestScale, fit.scale());
            largestMinimum = Math.max(largestMinimum, fit.minimum());
        }
        float toScale = largestScale > 0 ? LARGEST_SCALE / largestScale : 0;
        float toMinimum = largestMinimum > 0 ? LARGEST_SCALE / largestMinimum : 0;
        byte[] packed = new byte[HEADER - SCALES];
        for (int group = 0; group < GROUPS; group++) {
            int scale = Math.min(LARGEST_SCALE, Rounding.halfEven(toScale * scales[group]) & 0xff);
            int minimum = Math.min(LARGEST_SCALE, Rounding.halfEven(toMinimum * minima[group]) & 0xff);
            if (group < 4) {
                packed[group] = (byte) scale;
                packed[group + 4] = (byte) minimum;
            } else {
                packed[group + 4] = (byte) ((scale & 15) | ((minimum & 15) << 4));
                packed[group - 4] |= (byte) ((scale >> 4) << 6);
                packed[group] |= (byte) ((minimum >> 4) << 6);
            }
        }
        short d = Float.floatToFloat16(largestScale / LARGEST_SCALE);
        short dmin = Float.floatToFloat16(largestMinimum / LARGEST_SCALE);
        target.set(BlockCodec.SHORT, offset, d);
        target.set(BlockCodec.SHORT, offset + 2, dmin);
        MemorySegment.copy(packed, 0, target, ValueLayout.JAVA_BYTE, offset + SCALES, packed.length);
        for (int group = 0; group < GROUPS; group++) {
            float scale = Float.float16ToFloat(d) * scale(target, offset, group);
            if (scale == 0) {
                continue;
            }
            float minimum = Float.float16ToFloat(dmin) * minimum(target, offset, group);
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                levels[i] = Rounding.halfEven((source[sourceOffset + i] + minimum) / scale, 0, search.greatest());
            }
        }
        return levels;
    }
}
