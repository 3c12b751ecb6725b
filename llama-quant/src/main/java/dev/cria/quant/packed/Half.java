package dev.cria.quant.packed;

/** Pairs of 16-bit numbers in one int: the way packed panels hold scales and 16-bit weights. */
final class Half {
    private Half() {}

    static float lowFloat16(int pair) {
        return Float.float16ToFloat((short) pair);
    }

    static float highFloat16(int pair) {
        return Float.float16ToFloat((short) (pair >>> 16));
    }
}
