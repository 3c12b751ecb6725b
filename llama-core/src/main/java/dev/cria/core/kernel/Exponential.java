package dev.cria.core.kernel;

import static dev.cria.core.Fma.fma;

/**
 * The exponential function in float arithmetic, as one fixed sequence of operations that scalar and vector code share:
 * {@code exp(x) = 2^n * p(r)} with {@code n = round(x / ln 2)}, {@code r = x - n ln 2} (ln 2 in two parts, Cody and
 * Waite) and p the Taylor polynomial of degree 7 on {@code |r| <= ln 2 / 2}. The error is below 2 units in the last
 * place; arguments below {@link #LOWEST} give 0.
 */
final class Exponential {
    static final float LOWEST = -87f;
    static final float HIGHEST = 88f;
    static final float LOG2_E = 0x1.715476p0f;
    /** Adding and subtracting it rounds to the nearest integer, ties to even: 1.5 * 2^23. */
    static final float ROUNDER = 12582912f;
    static final float LN2_HIGH = 355f / 512;
    static final float LN2_LOW = -0x1.bd0106p-13f;
    static final float C7 = 1f / 5040;
    static final float C6 = 1f / 720;
    static final float C5 = 1f / 120;
    static final float C4 = 1f / 24;
    static final float C3 = 1f / 6;
    static final float C2 = 0.5f;

    private Exponential() {}

    static float exp(float x) {
        float clamped = Math.min(Math.max(x, LOWEST), HIGHEST);
        float n = fma(clamped, LOG2_E, ROUNDER) - ROUNDER;
        float r = fma(-n, LN2_HIGH, clamped);
        r = fma(-n, LN2_LOW, r);
        float p = fma(C7, r, C6);
        p = fma(p, r, C5);
        p = fma(p, r, C4);
        p = fma(p, r, C3);
        p = fma(p, r, C2);
        p = fma(p, r, 1f);
        p = fma(p, r, 1f);
        float result = p * Float.intBitsToFloat(((int) n + 127) << 23);
        return x < LOWEST ? 0f : result;
    }
}
