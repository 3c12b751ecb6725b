package dev.cria.quant.block;

/**
 * The search of Q6_K: for a group of weights x finds whole levels l in {@code -levels}..{@code levels - 1} and a scale
 * such that {@code scale * l} is near x. Of 19 roundings that stretch the extreme weight to within 0.9 of
 * {@code -levels}, it takes the one whose least-squares scale leaves the smallest error, where each weight counts by
 * its own square.
 *
 * @param length weights in a group
 * @param levels half the number of levels
 */
record ScaleSearch(int length, int levels) {
    static final int ATTEMPTS = 19;
    /** A group without a greater weight counts as zero. */
    static final float ZERO = 1e-15f;

    private static final float STEP = 0.1f;

    /**
     * The level that the extreme weight becomes; the plain rounding comes first and is kept unless another is better.
     */
    float extremeLevel(int attempt) {
        int half = ATTEMPTS / 2;
        int step = attempt == 0 ? 0 : attempt <= half ? attempt - half - 1 : attempt - half;
        return -(levels + STEP * step);
    }

    /**
     * Fits one group and leaves what was found in its place; a group that counts as zero has no rounding, which is not
     * a number then.
     */
    void fit(float[] x, int offset, int group, GroupFits fits) {
        float extreme = Range.extreme(x, offset, length);
        if (Math.abs(extreme) < ZERO) {
            fits.set(group, 0, 0, Float.NaN, 0);
            return;
        }
        float scale = 0;
        float best = 0;
        float bestInverse = 0;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            float inverse = extremeLevel(attempt) / extreme;
            float sumXL = 0;
            float sumLL = 0;
            for (int i = 0; i < length; i++) {
                float value = x[offset + i];
                int level = Rounding.halfEven(inverse * value, -levels, levels - 1);
                float w = value * value;
                sumXL += w * value * level;
                sumLL += w * level * level;
            }
            if (attempt == 0 || (sumLL > 0 && sumXL * sumXL > best * sumLL)) {
                bestInverse = inverse;
                scale = sumLL == 0 ? 0 : sumXL / sumLL;
                best = scale * sumXL;
            }
        }
        fits.set(group, scale, 0, bestInverse, 0);
    }

    /** The levels of a group by the rounding that was found; of a group that counts as zero, the least. */
    void levels(float[] x, int offset, GroupFits fits, int group, int[] found, int levelOffset) {
        float inverse = fits.inverses[group];
        for (int i = 0; i < length; i++) {
            found[levelOffset + i] = Float.isNaN(inverse)
                    ? -levels
                    : Rounding.halfEven(inverse * x[offset + i], -levels,
                            levels - 1);
        }
    }
}
