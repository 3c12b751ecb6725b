package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q5_K: 256 weights in 8 groups of 32 with 6-bit scales and minima, arranged as {@link AffineSuperBlock} says, then 32 bytes with the
 * fifth bits (bit g of byte i belongs to weight i of group g), then the lower four bits as in {@link Q4_K}.
 */
public final class Q5_K implements BlockCodec {
    private static final int GROUP = AffineSuperBlock.GROUP;
    private static final int FIFTH_BITS = AffineSuperBlock.HEADER;
    private static final int NIBBLES = FIFTH_BITS + GROUP;
    private static final AffineSearch SEARCH = new AffineSearch(31, -0.5f, 15, false);

    @Override
    public int size() {
        return AffineSuperBlock.SIZE;
    }

    @Override
    public int bytes() {
        return NIBBLES + AffineSuperBlock.SIZE / 2;
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
        int[] levels = AffineSuperBlock.encode(source, sourceOffset, SEARCH, target, offset);
        for (int i = 0; i < GROUP; i++) {
            int fifth = 0;
            for (int group = 0; group < AffineSuperBlock.GROUPS; group++) {
                fifth |= (levels[group * GROUP + i] >> 4) << group;
            }
            target.set(ValueLayout.JAVA_BYTE, offset + FIFTH_BITS + i, (byte) fifth);
        }
        for (int pair = 0; pair < AffineSuperBlock.GROUPS / 2; pair++) {
            for (int i = 0; i < GROUP; i++) {
                int low = levels[2 * pair * GROUP + i] & 15;
                int high = levels[(2 * pair + 1) * GROUP + i] & 15;
                target.set(ValueLayout.JAVA_BYTE, offset + NIBBLES + pair * GROUP + i, (byte) (low | (high << 4)));
            }
        }
    }
}
