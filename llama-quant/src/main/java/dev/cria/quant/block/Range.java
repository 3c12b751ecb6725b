package dev.cria.quant.block;

/** The least and the greatest of some weights. */
record Range(float least, float greatest) {
    static Range of(float[] weights, int offset, int count) {
        float least = Float.MAX_VALUE;
        float greatest = -Float.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            float weight = weights[offset + i];
            // comparisons rather than min and max: a NaN is passed over, and of 0 and -0 the first stays
            if (weight < least) {
                least = weight;
            }
            if (weight > greatest) {
                greatest = weight;
            }
        }
        return new Range(least, greatest);
    }

    /** The weight of largest magnitude with its sign, the first where there are several; 0 where all are 0. */
    static float extreme(float[] weights, int offset, int count) {
        float largest = 0;
        float extreme = 0;
        for (int i = 0; i < count; i++) {
            float magnitude = Math.abs(weights[offset + i]);
            if (magnitude > largest) {
                largest = magnitude;
                extreme = weights[offset + i];
            }
        }
        return extreme;
    }

    float width() {
        return greatest - least;
    }
}
