package dev.cria.quant.block;

import dev.cria.core.Kernels;

/**
 * The searches and roundings of the K-quants' encoders, which take nearly all of their time. There are two
 * implementations, plain Java, which is the specification, and the Vector API, with equal results to the last bit: a
 * vector holds the same place of several groups, so that the sums of each group run in GGML's order.
 */
sealed interface EncoderKernels permits PlainEncoderKernels, VectorEncoderKernels {
    /**
     * Fits scales and minima to groups that lie one after another.
     *
     * @param search how
     * @param x weights
     * @param offset index of the first weight of the first group
     * @param groups number of groups
     * @param fits receives what was found, from its first group on
     */
    void fit(AffineSearch search, float[] x, int offset, int groups, GroupFits fits);

    /**
     * Fits scales without minima to groups that lie one after another.
     *
     * @param search how
     * @param x weights
     * @param offset index of the first weight of the first group
     * @param groups number of groups
     * @param fits receives what was found, from its first group on
     */
    void fit(ScaleSearch search, float[] x, int offset, int groups, GroupFits fits);

    /**
     * Rounds {@code (x + shift) / divisor} to levels, to nearest and ties to even.
     *
     * @param x weights
     * @param offset index of the first
     * @param count number of weights, a multiple of 16
     * @param shift added to each
     * @param divisor what a level stands for
     * @param least the least level
     * @param greatest the greatest level
     * @param levels receives the levels
     * @param levelOffset index of the first level
     */
    void round(float[] x, int offset, int count, float shift, float divisor, int least, int greatest, int[] levels,
            int levelOffset);

    /** The specification. */
    static EncoderKernels plain() {
        return PlainEncoderKernels.INSTANCE;
    }

    /** The fastest that this JVM can run; the choice is that of {@link Kernels#best}. */
    static EncoderKernels best() {
        return Kernels.best().usesVectorApi() ? Vector.INSTANCE : plain();
    }

    /** Loaded only where there is a Vector API. */
    final class Vector {
        private static final EncoderKernels INSTANCE = new VectorEncoderKernels();

        private Vector() {}
    }
}
