package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;

/** IEEE binary32. */
public final class F32 implements BlockCodec {
    @Override
    public int size() {
        return 1;
    }

    @Override
    public int bytes() {
        return 4;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        target[targetOffset] = source.get(FLOAT, offset);
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        target.set(FLOAT, offset, source[sourceOffset]);
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset, int blocks) {
        MemorySegment.copy(source, FLOAT, offset, target, targetOffset, blocks);
    }

    @Override
    public void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        MemorySegment.copy(source, sourceOffset, target, FLOAT, offset, blocks);
    }
}
