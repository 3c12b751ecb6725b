package dev.cria.quant.block;

/**
 * The search of the K-quants with minima: for a group of weights x finds whole levels l in 0..{@code greatest}, a scale and a minimum
 * m >= 0 such that {@code scale * l - m} is near x. Starting from the scale that spans the group, it tries {@code steps + 1} nearby
 * roundings and fits scale and minimum to each by weighted least squares. Sums run in GGML's order, in float.
 *
 * @param greatest the greatest level
 * @param firstStep how far from {@code greatest} the first rounding stretches the group
 * @param steps how many more roundings are tried, each a tenth of a level further
 * @param absolute whether errors are compared by their weighted magnitudes rather than squares
 */
record AffineSearch(int greatest, float firstStep, int steps, boolean absolute) {
    private static final float STEP = 0.1f;

    /** What was found: {@code scale * level - minimum}. */
    record Fit(float scale, float minimum) {}

    /** Fits one group of {@code importance.length} weights and leaves their levels in {@code levels}. */
    Fit fit(float[] x, int offset, float[] importance, int[] levels, int levelOffset) {
        int count = importance.length;
        float least = x[offset];
        float most = x[offset];
        float sumW = importance[0];
        float sumX = sumW * x[offset];
        for (int i = 1; i < count; i++) {
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
            for (int i = 0; i < count; i++) {
                levels[levelOffset + i] = 0;
            }
            return new Fit(0, -least);
        }
        float inverse = greatest / (most - least);
        float scale = 1 / inverse;
        float minimum = least;
        for (int i = 0; i < count; i++) {
            levels[levelOffset + i] = Rounding.halfEven(inverse * (x[offset + i] - least), 0, greatest);
        }
        float bestError = error(x, offset, importance, levels, levelOffset, scale, minimum);
        int[] tried = new int[count];
        for (int step = 0; step <= steps; step++) {
            inverse = (firstStep + STEP * step + greatest) / (most - minimum);
            float sumL = 0;
            float sumLL = 0;
            float sumXL = 0;
            for (int i = 0; i < count; i++) {
                int level = Rounding.halfEven(inverse * (x[offset + i] - minimum), 0, greatest);
                tried[i] = level;
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
            float error = error(x, offset, importance, tried, 0, triedScale, triedMinimum);
            if (error < bestError) {
                System.arraycopy(tried, 0, levels, levelOffset, count);
                bestError = error;
                scale = triedScale;
                minimum = triedMinimum;
            }
        }
        return new Fit(scale, -minimum);
    }

    private float error(float[] x, int offset, float[] importance, int[] levels, int levelOffset, float scale,
            float minimum) {
        float sum = 0;
        for (int i = 0; i < importance.length; i++) {
            float difference = scale * levels[levelOffset + i] + minimum - x[offset + i];
            sum += importance[i] * (absolute ? Math.abs(difference) : difference * difference);
        }
        return sum;
    }
}
