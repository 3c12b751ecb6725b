package dev.cria.quant.packed;

/**
 * Q2_K, and with a mask of third bits Q3_K.
 *
 * @param thirdBits whether the format is Q3_K
 */
record TwoBitSource(boolean thirdBits) implements SourceBlock {
    @Override
    public int bytes() {
        return thirdBits ? 110 : 84;
    }

    @Override
    public int factor(int index) {
        return thirdBits ? 108 : 80 + 2 * index;
    }

    @Override
    public void read(byte[] source, int at, byte[] levels, byte[] scales) {
        if (thirdBits) {
            int from = at + 96;
            for (int group = 0; group < 16; group++) {
                int low = source[from + group % 8] >> (group / 8 * 4);
                int high = source[from + 8 + group % 4] >> (group / 4 * 2);
                scales[group] = (byte) ((low & 15) | ((high & 3) << 4));
            }
        } else {
            for (int group = 0; group < 16; group++) {
                scales[group] = (byte) (source[at + group] & 15);
                scales[group + 16] = (byte) ((source[at + group] >> 4) & 15);
            }
        }
        int from = at + (thirdBits ? 32 : 16);
        for (int part = 0; part < 8; part++) {
            for (int i = 0; i < 32; i++) {
                int low = (source[from + part / 4 * 32 + i] >> (part % 4 * 2)) & 3;
                int third = thirdBits ? (source[at + i] >> part) & 1 : 0;
                levels[32 * part + i] = (byte) (low | (third << 2));
            }
        }
    }
}
