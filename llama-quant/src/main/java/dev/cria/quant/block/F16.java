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

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset, int blocks) {
        // by way of an array, because that loop becomes vector instructions
        short[] halves = new short[blocks];
        MemorySegment.copy(source, SHORT, offset, halves, 0, blocks);
        for (int i = 0; i < blocks; i++) {
            target[targetOffset + i] = Float.float16ToFloat(halves[i]);
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        short[] halves = new short[blocks];
        for (int i = 0; i < blocks; i++) {
            halves[i] = Float.floatToFloat16(source[sourceOffset + i]);
        }
        MemorySegment.copy(halves, 0, target, SHORT, offset, blocks);
    }
}
