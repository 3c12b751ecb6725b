package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;

/** bfloat16: the upper half of a float, rounded to nearest, ties to even. */
public final class BF16 implements BlockCodec {
    private static final int QUIET_NAN = 64;

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
        target[targetOffset] = Float.intBitsToFloat(source.get(SHORT, offset) << 16);
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        target.set(SHORT, offset, upper(source[sourceOffset]));
    }

    private static short upper(float weight) {
        int bits = Float.floatToRawIntBits(weight);
        return (short) (Float.isNaN(weight)
                ? (bits >>> 16) | QUIET_NAN
                : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset, int blocks) {
        short[] halves = new short[blocks];
        MemorySegment.copy(source, SHORT, offset, halves, 0, blocks);
        for (int i = 0; i < blocks; i++) {
            target[targetOffset + i] = Float.intBitsToFloat(halves[i] << 16);
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        short[] halves = new short[blocks];
        for (int i = 0; i < blocks; i++) {
            halves[i] = upper(source[sourceOffset + i]);
        }
        MemorySegment.copy(halves, 0, target, SHORT, offset, blocks);
    }
}
