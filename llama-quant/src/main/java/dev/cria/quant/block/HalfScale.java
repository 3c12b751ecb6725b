package dev.cria.quant.block;

/** Scales and minima of blocks as binary16. */
final class HalfScale {
    private static final short NOT_A_NUMBER = 0x7e00;

    private HalfScale() {}

    /**
     * {@return the bits of the nearest binary16} Not-a-number, which broken weights give, always has the same bits:
     * Java leaves open what the sign of a computed one is.
     */
    static short bits(float scale) {
        return Float.isNaN(scale) ? NOT_A_NUMBER : Float.floatToFloat16(scale);
    }
}
