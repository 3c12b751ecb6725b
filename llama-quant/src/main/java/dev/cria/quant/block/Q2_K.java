package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q2_K: 256 weights in 16 groups of 16. Each group has a byte with a 4-bit scale s (low nibble) and a 4-bit minimum m (high nibble); the
 * block has binary16 factors d and dmin for them; a weight is {@code d * s * q - dmin * m}. The 2-bit levels q of each half of 128
 * lie in 32 bytes: bits 2g and 2g + 1 of byte i belong to weight 32g + i.
 */
public final class Q2_K implements BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = 16;
    private static final int GROUPS = SIZE / GROUP;
    private static final int LEVELS = 16;
    private static final int SCALE = 80;
    private static final int MINIMUM = 82;
    private static final float LARGEST_SCALE = 15;
    private static final AffineSearch SEARCH = new AffineSearch(3, -0.5f, 15, true);

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return 84;
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
        int[] levels = new int[SIZE];
        float[] scales = new float[GROUPS];
        float[] minima = new float[GROUPS];
        float largestScale = 0;
        float largestMinimum = 0;
        float[] importance = new float[GROUP];
        for (int group = 0; group < GROUPS; group++) {
            int first = sourceOffset + group * GROUP;
            for (int i = 0; i < GROUP; i++) {
                importance[i] = Math.abs(source[first + i]);
            }
            AffineSearch.Fit fit = SEARCH.fit(source, first, importance, levels, group * GROUP);
            scales[group] = fit.scale();
            minima[group] = fit.minimum();
            largestScale = Math.max(largestScale, fit.scale());
            largestMinimum = Math.max(largestMinimum, fit.minimum());
        }
        float toScale = largestScale > 0 ? LARGEST_SCALE / largestScale : 0;
        float toMinimum = largestMinimum > 0 ? LARGEST_SCALE / largestMinimum : 0;
        short d = Float.floatToFloat16(largestScale / LARGEST_SCALE);
        short dmin = Float.floatToFloat16(largestMinimum / LARGEST_SCALE);
        target.set(SHORT, offset + SCALE, d);
        target.set(SHORT, offset + MINIMUM, dmin);
        for (int group = 0; group < GROUPS; group++) {
            int packed = Rounding.halfEven(toScale * scales[group])
                    | (Rounding.halfEven(toMinimum * minima[group]) << 4);
            target.set(ValueLayout.JAVA_BYTE, offset + group, (byte) packed);
            float scale = Float.float16ToFloat(d) * (packed & 15);
            if (scale == 0) {
                continue;
            }
            float minimum = Float.float16ToFloat(dmin) * ((packed >> 4) & 15);
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                levels[i] = Rounding.halfEven((source[sourceOffset + i] + minimum) / scale, 0, 3);
            }
        }
        TwoBits.write(levels, target, offset + LEVELS);
    }
}
