package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;

/**
 * IQ4_NL: a binary16 scale d and 32 nibbles, arranged as in {@link Q4_0}, that index the table of
 * {@link NonLinearLevels}.
 */
public final class IQ4_NL implements BlockCodec {
    @Override
    public int size() {
        return NonLinearLevels.GROUP;
    }

    @Override
    public int bytes() {
        return 2 + NonLinearLevels.GROUP / 2;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        NonLinearLevels.decode(source, offset + 2, d, target, targetOffset);
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        float d = NonLinearLevels.scale(source, sourceOffset);
        target.set(SHORT, offset, HalfScale.bits(d));
        NonLinearLevels.encode(source, sourceOffset, d == 0 ? 0 : 1 / d, target, offset + 2);
    }
}
