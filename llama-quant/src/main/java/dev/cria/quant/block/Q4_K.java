package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q4_K: 256 weights in 8 groups of 32 with 6-bit scales and minima, arranged as {@link AffineSuperBlock} says, then
 * 4-bit levels: of 32 bytes, the low nibbles are one group and the high nibbles the next.
 */
public final class Q4_K implements BlockCodec {
    private static final int GROUP = AffineSuperBlock.GROUP;
    private static final int BYTES = AffineSuperBlock.HEADER + AffineSuperBlock.SIZE / 2;
    private static final AffineSearch SEARCH = new AffineSearch(GROUP, 15, -1f, 20, false);

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
        AffineSuperBlock.encode(EncoderKernels.plain(), SEARCH, source, sourceOffset, 1, Q4_K::pack, BYTES,
                target, offset);
    }

    @Override
    public void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        AffineSuperBlock.encode(EncoderKernels.best(), SEARCH, source, sourceOffset, blocks, Q4_K::pack, BYTES,
                target, offset);
    }

    private static void pack(int[] levels, byte[] block) {
        for (int pair = 0; pair < AffineSuperBlock.GROUPS / 2; pair++) {
            int low = 2 * pair * GROUP;
            int at = AffineSuperBlock.HEADER + pair * GROUP;
            for (int i = 0; i < GROUP; i++) {
                block[at + i] = (byte) (levels[low + i] | (levels[low + GROUP + i] << 4));
            }
        }
    }
}
