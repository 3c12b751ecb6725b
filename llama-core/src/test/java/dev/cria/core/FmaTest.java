package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Without the instruction the fused multiply-add gives the bits of {@link Math#fma}. */
class FmaTest {
    private static final float[] HOSTILE = {0f, Float.MIN_VALUE, 3 * Float.MIN_VALUE, 0x1.fffffcp-127f,
        Float.MIN_NORMAL, 0x1.000002p-126f, 0x1p-75f, 0x1p-74f, 0x1.000002p-63f, 0x1p-63f, 0x1p-24f, 0x1p-25f,
        0x1.000002p-25f, 0x1.fffffep-1f, 1f, 0x1.000002p0f, 1.5f, 3f, 0x1p12f, 0x1.002p12f, 16777215f, 0x1p63f, 0x1p64f,
        0x1.fffffep126f, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN};

    private static void check(float a, float b, float c) {
        float expected = Math.fma(a, b, c);
        float actual = Fma.withDoubles(a, b, c);
        // compared first, because describing millions of assertions takes long
        if (Float.floatToIntBits(actual) != Float.floatToIntBits(expected)) {
            assertThat(actual).as("%a * %a + %a", a, b, c).isEqualTo(expected);
        }
    }

    @Test
    void hostileNumbersGiveTheSameBits() {
        for (float a : HOSTILE) {
            for (float b : HOSTILE) {
                for (float c : HOSTILE) {
                    for (int signs = 0; signs < 8; signs++) {
                        check((signs & 1) == 0 ? a : -a, (signs & 2) == 0 ? b : -b, (signs & 4) == 0 ? c : -c);
                    }
                }
            }
        }
    }

    @Test
    void randomBitsGiveTheSameBits() {
        Random random = new Random(1);
        for (int i = 0; i < 2_000_000; i++) {
            check(Float.intBitsToFloat(random.nextInt()), Float.intBitsToFloat(random.nextInt()),
                    Float.intBitsToFloat(random.nextInt()));
        }
    }

    /** Summands from far above to far below the product, with few bits, so that many sums lie half-way or beside it. */
    @Test
    void sumsAroundHalfWayGiveTheSameBits() {
        Random random = new Random(2);
        for (int i = 0; i < 4_000_000; i++) {
            int exponent = random.nextInt(-149, 100);
            float a = fewBits(random, random.nextInt(-20, 20));
            float b = fewBits(random, exponent);
            float c = fewBits(random, Math.getExponent(a) + exponent + random.nextInt(-60, 60));
            check(a, b, c);
            // what is left of the product when the nearest float is taken away, and one beside it
            check(a, b, -(a * b));
            check(a, b, Math.nextUp(a * b));
        }
    }

    private static float fewBits(Random random, int exponent) {
        int mantissa = 1 << 23 | (random.nextInt(1 << 23) & -1 << random.nextInt(24));
        float value = Math.scalb((float) mantissa, exponent - 23);
        return random.nextBoolean() ? value : -value;
    }

    /** The product is 2^-24 - 2^-70: a little less than half a unit of 1, too little for a double beside 1. */
    @Test
    void whatADoubleHasNoRoomForDecidesWhereTheRestLiesHalfWay() {
        float x = 0x1.000002p-12f;
        float y = 0x1.fffffcp-13f;
        assertThat((float) ((double) x * y + 0x1.000002p0)).as("rounded twice").isEqualTo(0x1.000004p0f);
        assertThat(Math.fma(x, y, 0x1.000002p0f)).as("rounded once").isEqualTo(0x1.000002p0f);
        assertThat(Fma.withDoubles(x, y, 0x1.000002p0f)).isEqualTo(0x1.000002p0f);
    }

    @Test
    void thisJvmGivesTheBitsOfMathFma() {
        assertThat(Fma.fma(0x1.000002p0f, 0x1.000002p0f, -1f)).isEqualTo(Math.fma(0x1.000002p0f, 0x1.000002p0f, -1f));
    }
}
