package dev.cria.quant.packed;

/** IQ4_XS. */
record IQ4_XSSource() implements SourceBlock {
    @Override
    public int bytes() {
        return 136;
    }

    @Override
    public int factor(int index) {
        return 0;
    }

    @Override
    public void read(byte[] source, int at, byte[] levels, byte[] scales) {
        int high = (short) Bytes.SHORT.get(source, at + 2);
        for (int group = 0; group < 8; group++) {
            int low = source[at + 4 + group / 2] >> (group % 2 * 4);
            scales[group] = (byte) ((low & 15) | (((high >> (2 * group)) & 3) << 4));
            for (int i = 0; i < 16; i++) {
                int pair = source[at + 8 + 16 * group + i];
                levels[32 * group + i] = (byte) (pair & 15);
                levels[32 * group + 16 + i] = (byte) ((pair >> 4) & 15);
            }
        }
    }
}
