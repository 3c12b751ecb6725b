package dev.cria.quant.block;

/**
 * What was found for each of some groups of weights: the scale and the minimum that fit it, and the rounding that gives
 * its levels, which are {@code inverse * (x - base)} rounded.
 */
final class GroupFits {
    final float[] scales;
    final float[] minima;
    final float[] inverses;
    final float[] bases;

    GroupFits(int groups) {
        scales = new float[groups];
        minima = new float[groups];
        inverses = new float[groups];
        bases = new float[groups];
    }

    void set(int group, float scale, float minimum, float inverse, float base) {
        scales[group] = scale;
        minima[group] = minimum;
        inverses[group] = inverse;
        bases[group] = base;
    }
}
