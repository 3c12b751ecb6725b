package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;

/** IEEE binary16, rounded to nearest, ties to even. */
public final class F16 implements BlockCodec {
    @Override
    public int size() {
        return 1;
    }

    @Override
    public int bytes() {
        return 2;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        target[targetOffset] = Float.float16ToFloat(source.get(SHORT, offset));
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        target.set(SHORT, offset, Float.floatToFloat16(source[sourceOffset]));
    }
}
