package dev.cria.quant.packed;

/** Q6_K. The signed scales are moved up by 128. */
record Q6_KSource() implements SourceBlock {
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int FACTOR = 208;

    /** The fifth and sixth bits of eight bytes. */
    private static final long TWO_BITS = 0x3030303030303030L;

    @Override
    public int bytes() {
        return 210;
    }

    @Override
    public int factor(int index) {
        return FACTOR;
    }

    @Override
    public void read(byte[] source, int at, byte[] levels, byte[] scales) {
        for (int group = 0; group < 16; group++) {
            scales[group] = (byte) (source[at + SCALES + group] ^ 0x80);
        }
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i += Long.BYTES) {
                long a = (long) Bytes.LONG.get(source, at + 64 * half + i);
                long b = (long) Bytes.LONG.get(source, at + 64 * half + 32 + i);
                long upper = (long) Bytes.LONG.get(source, at + UPPER + 32 * half + i);
                int to = 128 * half + i;
                Bytes.LONG.set(levels, to, (a & Bytes.NIBBLES) | (upper << 4 & TWO_BITS));
                Bytes.LONG.set(levels, to + 32, (b & Bytes.NIBBLES) | (upper << 2 & TWO_BITS));
                Bytes.LONG.set(levels, to + 64, (a >>> 4 & Bytes.NIBBLES) | (upper & TWO_BITS));
                Bytes.LONG.set(levels, to + 96, (b >>> 4 & Bytes.NIBBLES) | (upper >>> 2 & TWO_BITS));
            }
        }
    }
}
