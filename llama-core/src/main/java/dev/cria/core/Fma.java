package dev.cria.core;

import dev.cria.core.kernel.KernelChoice;

/**
 * The fused multiply-add of floats: {@code a * b + c}, rounded once. It is {@link Math#fma} where that is an
 * instruction. On other processors {@code Math.fma} computes with decimal numbers and takes a thousand times as long;
 * there it is computed with doubles, to the same bits, in about ten operations.
 */
public final class Fma {
    private static final boolean INSTRUCTION = KernelChoice.hasFma();
    /** The bits of a double that a float does not have, and half a unit in the last place of the float. */
    private static final long BELOW_FLOAT = (1L << 29) - 1;
    private static final long HALF = 1L << 28;

    private Fma() {}

    /**
     * {@return {@code a * b + c}, rounded once, as {@link Math#fma} does}
     *
     * @param a a factor
     * @param b a factor
     * @param c a summand
     */
    public static float fma(float a, float b, float c) {
        return INSTRUCTION ? Math.fma(a, b, c) : withDoubles(a, b, c);
    }

    /**
     * The same without the instruction. A product of floats fits into a double. The sum is rounded to a double and then
     * to a float, which gives another result than rounding it once only if the double lies half-way between two floats:
     * see Boldo and Melquiond, "Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to Odd"
     * (2008).
     */
    static float withDoubles(float a, float b, float c) {
        double product = (double) a * b;
        double sum = product + c;
        boolean halfWay = (Double.doubleToRawLongBits(sum) & BELOW_FLOAT) == HALF;
        // of floats below the normal ones more bits are missing
        return halfWay || Math.abs(sum) < Float.MIN_NORMAL ? (float) toOdd(product, c, sum) : (float) sum;
    }

    /**
     * Makes the last bit of an inexact sum one, in which it then lies on the right side of half-way. What was lost is
     * computed exactly (Knuth's two-sum); it is not a number if the sum is not finite, and then nothing changes.
     */
    private static double toOdd(double a, double b, double sum) {
        double most = sum - a;
        double lost = (a - (sum - most)) + (b - most);
        long bits = Double.doubleToRawLongBits(sum);
        if (lost > 0 && (bits & 1) == 0) {
            return Double.longBitsToDouble(sum > 0 ? bits + 1 : bits - 1);
        }
        if (lost < 0 && (bits & 1) == 0) {
            return Double.longBitsToDouble(sum > 0 ? bits - 1 : bits + 1);
        }
        return sum;
    }
}
