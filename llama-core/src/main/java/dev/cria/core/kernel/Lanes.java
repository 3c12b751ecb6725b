package dev.cria.core.kernel;

/**
 * Sums over many elements are taken in {@value #COUNT} lanes, element i in lane {@code i mod COUNT}, and the lanes are
 * then added pairwise. The number is fixed, whatever the width of the machine's vectors, so that every machine gets the
 * same sum.
 */
final class Lanes {
    static final int COUNT = 16;

    private Lanes() {}

    /** Adds the lanes pairwise: 8 and 8, 4 and 4, 2 and 2, 1 and 1. The array is overwritten. */
    static float sum(float[] lanes) {
        for (int half = COUNT / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[0];
    }
}
