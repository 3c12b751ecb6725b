package dev.cria.quant.block;

/**
 * The search of the K-quants with minima: for a group of weights x finds whole levels l in 0..{@code greatest}, a scale
 * and a minimum m >= 0 such that {@code scale * l - m} is near x. Starting from the scale that spans the group, it
 * tries {@code steps + 1} nearby roundings and fits scale and minimum to each by weighted least squares. Sums run in
 * GGML's order, in float.
 *
 * @param length weights in a group
 * @param greatest the greatest level
 * @param firstStep how far from {@code greatest} the first rounding stretches the group
 * @param steps how many more roundings are tried, each a tenth of a level further
 * @param absolute whether a weight counts by its magnitude and so does its error; otherwise by its magnitude plus the
 *        root of the mean square of the group, and the square of its error
 */
record AffineSearch(int length, int greatest, float firstStep, int steps, boolean absolute) {
    private static final float STEP = 0.1f;

    /** How many levels the span of the group becomes in one of the roundings. */
    float span(int step) {
        return firstStep + STEP * step + greatest;
    }

    /** Fits one group and leaves what was found in its place. */
    void fit(float[] x, int offset, int group, GroupFits fits) {
        float[] importance = importance(x, offset);
        float least = x[offset];
        float most = x[offset];
        float sumW = importance[0];
        float sumX = sumW * x[offset];
        for (int i = 1; i < length; i++) {
            float value = x[offset + i];
            if (value < least) {
                least = value;
            }
            if (value > most) {
                most = value;
            }
            sumW += importance[i];
            sumX += importance[i] * value;
        }
        if (least > 0) {
            least = 0;
        }
        if (most == least) {
            fits.set(group, 0, -least, 0, least);
            return;
        }
        float inverse = greatest / (most - least);
        float scale = 1 / inverse;
        float minimum = least;
        float base = least;
        int[] levels = new int[length];
        for (int i = 0; i < length; i++) {
            levels[i] = level(inverse, x[offset + i], least);
        }
        float bestError = error(x, offset, importance, levels, scale, minimum);
        for (int step = 0; step <= steps; step++) {
            float triedInverse = span(step) / (most - minimum);
            float sumL = 0;
            float sumLL = 0;
            float sumXL = 0;
            for (int i = 0; i < length; i++) {
                int level = level(triedInverse, x[offset + i], minimum);
                levels[i] = level;
                float w = importance[i];
                sumL += w * level;
                sumLL += w * level * level;
                sumXL += w * level * x[offset + i];
            }
            float determinant = sumW * sumLL - sumL * sumL;
            if (!(determinant > 0)) {
                continue;
            }
            float triedScale = (sumW * sumXL - sumX * sumL) / determinant;
            float triedMinimum = (sumLL * sumX - sumL * sumXL) / determinant;
            if (triedMinimum > 0) {
                triedMinimum = 0;
                triedScale = sumXL / sumLL;
            }
            float error = error(x, offset, importance, levels, triedScale, triedMinimum);
            if (error < bestError) {
                bestError = error;
                inverse = triedInverse;
                base = minimum;
                scale = triedScale;
                minimum = triedMinimum;
            }
        }
        fits.set(group, scale, -minimum, inverse, base);
    }

    /** The levels of a group by the rounding that was found. */
    void levels(float[] x, int offset, GroupFits fits, int group, int[] levels, int levelOffset) {
        for (int i = 0; i < length; i++) {
            levels[levelOffset + i] = level(fits.inverses[group], x[offset + i], fits.bases[group]);
        }
    }

    private int level(float inverse, float value, float base) {
        return Rounding.halfEven(inverse * (value - base), 0, greatest);
    }

    private float[] importance(float[] x, int offset) {
        float spread = 0;
        if (!absolute) {
            float squares = 0;
            for (int i = 0; i < length; i++) {
                squares += x[offset + i] * x[offset + i];
            }
            spread = (float) Math.sqrt(squares / length);
        }
        float[] importance = new float[length];
        for (int i = 0; i < length; i++) {
            importance[i] = spread + Math.abs(x[offset + i]);
        }
        return importance;
    }

    private float error(float[] x, int offset, float[] importance, int[] levels, float scale, float minimum) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            float difference = scale * levels[i] + minimum - x[offset + i];
            sum += importance[i] * (absolute ? Math.abs(difference) : difference * difference);
        }
        return sum;
    }
}
