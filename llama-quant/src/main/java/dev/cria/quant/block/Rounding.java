package dev.cria.quant.block;

/** The two roundings to whole numbers that GGML's encoders use; their results must be the same to the last bit. */
final class Rounding {
    /** Added to a float of small magnitude, 1.5 * 2^23 leaves the rounded number in the low bits of the significand. */
    static final float MAGIC = 12582912f;

    private Rounding() {}

    /**
     * To nearest, ties to even; for magnitudes below 2^22 and, with results as arbitrary as in C, for any other float.
     */
    static int halfEven(float value) {
        return (Float.floatToRawIntBits(value + MAGIC) & 0x007fffff) - 0x00400000;
    }

    /**
     * To nearest, ties away from zero, as C's roundf. Adding a half and truncating would be wrong just below a half.
     */
    static int halfAwayFromZero(float value) {
        int truncated = (int) value;
        float rest = value - truncated;
        return rest >= 0.5f ? truncated + 1 : rest <= -0.5f ? truncated - 1 : truncated;
    }

    /** As {@link #halfEven}, then brought into a range. */
    static int halfEven(float value, int least, int greatest) {
        return Math.clamp(halfEven(value), least, greatest);
    }
}
