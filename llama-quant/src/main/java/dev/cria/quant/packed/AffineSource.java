package dev.cria.quant.packed;

/**
 * Q4_K and Q5_K.
 *
 * @param fifthBits whether 32 bytes with the fifth bits lie before the nibbles
 */
record AffineSource(boolean fifthBits) implements SourceBlock {
    private static final int SCALES = 4;
    private static final int HEADER = 16;
    private static final int GROUP = 32;

    @Override
    public int bytes() {
        return HEADER + (fifthBits ? GROUP : 0) + 128;
    }

    @Override
    public int factor(int index) {
        return 2 * index;
    }

    @Override
    public void read(byte[] source, int at, byte[] levels, byte[] scales) {
        for (int group = 0; group < 4; group++) {
            int a = source[at + SCALES + group];
            int b = source[at + SCALES + group + 4];
            int rest = source[at + SCALES + group + 8];
            scales[group] = (byte) (a & 63);
            scales[group + 8] = (byte) (b & 63);
            scales[group + 4] = (byte) ((rest & 15) | ((a & 0xc0) >> 2));
            scales[group + 12] = (byte) (((rest >> 4) & 15) | ((b & 0xc0) >> 2));
        }
        int nibbles = at + HEADER + (fifthBits ? GROUP : 0);
        for (int pair = 0; pair < 4; pair++) {
            for (int i = 0; i < GROUP; i += Long.BYTES) {
                long two = (long) Bytes.LONG.get(source, nibbles + pair * GROUP + i);
                long fifth = fifthBits ? (long) Bytes.LONG.get(source, at + HEADER + i) >>> (2 * pair) : 0;
                Bytes.LONG.set(levels, 2 * pair * GROUP + i, (two & Bytes.NIBBLES) | (fifth << 4 & Bytes.FIFTH));
                Bytes.LONG.set(levels, (2 * pair + 1) * GROUP + i,
                        (two >>> 4 & Bytes.NIBBLES) | (fifth << 3 & Bytes.FIFTH));
            }
        }
    }
}
