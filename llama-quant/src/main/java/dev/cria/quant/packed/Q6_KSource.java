package dev.cria.quant.packed;

/** Q6_K. The signed scales are moved up by 128. */
record Q6_KSource() implements SourceBlock {
    private static final int UPPER = 128;
    private static final int SCALES = 192;
    private static final int FACTOR = 208;

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
            for (int i = 0; i < 32; i++) {
                int a = source[at + 64 * half + i];
                int b = source[at + 64 * half + 32 + i];
                int upper = source[at + UPPER + 32 * half + i];
                int to = 128 * half + i;
                levels[to] = (byte) ((a & 15) | ((upper << 4) & 48));
                levels[to + 32] = (byte) ((b & 15) | ((upper << 2) & 48));
                levels[to + 64] = (byte) (((a >> 4) & 15) | (upper & 48));
                levels[to + 96] = (byte) (((b >> 4) & 15) | ((upper >> 2) & 48));
            }
        }
    }
}
