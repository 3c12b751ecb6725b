package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q4_K: 256 weights in 8 groups of 32 with 6-bit scales and minima, arranged as {@link AffineSuperBlock} says, then 4-bit levels: of 32
 * bytes, the low nibbles are one group and the high nibbles the next.
 */
public final class Q4_K implements BlockCodec {
    private static final int GROUP = AffineSuperBlock.GROUP;
    private static final AffineSearch SEARCH = new AffineSearch(15, -1f, 20, false);

    @Override
    public int size() {
        return AffineSuperBlock.SIZE;
    }

    @Override
    public int bytes() {
        return AffineSuperBlock.HEADER + AffineSuperBlock.SIZE / 2;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        float dmin = Float.float16ToFloat(source.get(SHORT, offset + 2));
        for (int group = 0; group < AffineSuperBlock.GROUPS; group++) {
            float scale = d * AffineSuperBlock.scale(source, offset, group);
            float minimum = dmin * AffineSuperBlock.minimum(source, offset, group);
            long levels = offset + AffineSuperBlock.HEADER + group / 2 * GROUP;
            int shift = group % 2 * 4;
            int first = targetOffset + group * GROUP;
            for (int i = 0; i < GROUP; i++) {
                target[first + i] = scale * ((source.get(ValueLayout.JAVA_BYTE, levels + i) >> shift) & 15) - minimum;
            }
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        int[] levels = AffineSuperBlock.encode(source, sourceOffset, SEARCH, target, offset);
        for (int pair = 0; pair < AffineSuperBlock.GROUPS / 2; pair++) {
            for (int i = 0; i < GROUP; i++) {
                int low = levels[2 * pair * GROUP + i];
                int high = levels[(2 * pair + 1) * GROUP + i];
                target.set(ValueLayout.JAVA_BYTE, offset + AffineSuperBlock.HEADER + pair * GROUP + i,
                        (byte) (low | (high << 4)));
            }
        }
    }
}
