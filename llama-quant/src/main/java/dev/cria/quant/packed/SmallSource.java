package dev.cria.quant.packed;

import java.util.OptionalInt;

/**
 * Q4_0, Q4_1, Q5_0, Q5_1 and IQ4_NL: 32 levels.
 *
 * @param factors binary16 numbers at the start, 1 or 2
 * @param fifthBits whether four bytes with the fifth bits follow
 */
record SmallSource(int factors, boolean fifthBits) implements SourceBlock {
    private static final int HALF = 16;

    @Override
    public int bytes() {
        return header() + HALF;
    }

    @Override
    public OptionalInt nibbles() {
        return fifthBits ? OptionalInt.empty() : OptionalInt.of(header());
    }

    private int header() {
        return 2 * factors + (fifthBits ? 4 : 0);
    }

    @Override
    public int factor(int index) {
        return 2 * index;
    }

    @Override
    public void read(byte[] source, int at, byte[] levels, byte[] scales) {
        long fifth = fifthBits ? (int) Bytes.INT.get(source, at + 2 * factors) : 0;
        int from = at + header();
        for (int i = 0; i < HALF; i += Long.BYTES) {
            long pairs = (long) Bytes.LONG.get(source, from + i);
            Bytes.LONG.set(levels, i, (pairs & Bytes.NIBBLES) | Long.expand(fifth >>> i, Bytes.FIFTH));
            Bytes.LONG.set(levels, i + HALF,
                    (pairs >>> 4 & Bytes.NIBBLES) | Long.expand(fifth >>> (i + HALF), Bytes.FIFTH));
        }
    }
}
