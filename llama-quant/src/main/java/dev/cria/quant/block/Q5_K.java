package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q5_K: 256 weights in 8 groups of 32 with 6-bit scales and minima, arranged as {@link AffineSuperBlock} says, then 32
 * bytes with the fifth bits (bit g of byte i belongs to weight i of group g), then the lower four bits as in
 * {@link Q4_K}.
 */
public final class Q5_K implements BlockCodec {
    private static final int GROUP = AffineSuperBlock.GROUP;
    private static final int FIFTH_BITS = AffineSuperBlock.HEADER;
    private static final int NIBBLES = FIFTH_BITS + GROUP;
    private static final int BYTES = NIBBLES + AffineSuperBlock.SIZE / 2;
    private static final AffineSearch SEARCH = new AffineSearch(GROUP, 31, -0.5f, 15, false);

    @Override
    public int size() {
        return AffineSuperBlock.SIZE;
    }

    @Override
    public int bytes() {
        return BYTES;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        float dmin = Float.float16ToFloat(source.get(SHORT, offset + 2));
        for (int group = 0; group < AffineSuperBlock.GROUPS; group++) {
            float scale = d * AffineSuperBlock.scale(source, offset, group);
            float minimum = dmin * AffineSuperBlock.minimum(source, offset, group);
            long nibbles = offset + NIBBLES + group / 2 * GROUP;
            int shift = group % 2 * 4;
            int first = targetOffset + group * GROUP;
            for (int i = 0; i < GROUP; i++) {
                int low = (source.get(ValueLayout.JAVA_BYTE, nibbles + i) >> shift) & 15;
                int fifth = (source.get(ValueLayout.JAVA_BYTE, offset + FIFTH_BITS + i) >> group) & 1;
                target[first + i] = scale * (low | (fifth << 4)) - minimum;
            }
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        AffineSuperBlock.encode(EncoderKernels.plain(), SEARCH, source, sourceOffset, 1, Q5_K::pack, BYTES,
                target, offset);
    }

    @Override
    public void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        AffineSuperBlock.encode(EncoderKernels.best(), SEARCH, source, sourceOffset, blocks, Q5_K::pack, BYTES,
                target, offset);
    }

    private static void pack(int[] levels, byte[] block) {
        for (int i = 0; i < GROUP; i++) {
            int fifth = 0;
            for (int group = 0; group < AffineSuperBlock.GROUPS; group++) {
                fifth |= (levels[group * GROUP + i] >> 4) << group;
            }
            block[FIFTH_BITS + i] = (byte) fifth;
        }
        for (int pair = 0; pair < AffineSuperBlock.GROUPS / 2; pair++) {
            int low = 2 * pair * GROUP;
            int at = NIBBLES + pair * GROUP;
            for (int i = 0; i < GROUP; i++) {
                block[at + i] = (byte) ((levels[low + i] & 15) | ((levels[low + GROUP + i] & 15) << 4));
            }
        }
    }
}
