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
        int bits = Float.floatToRawIntBits(source[sourceOffset]);
        int upper = Float.isNaN(source[sourceOffset])
                ? (bits >>> 16) | QUIET_NAN
                : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
        target.set(SHORT, offset, (short) upper);
    }
}
