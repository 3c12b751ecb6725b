package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q5_1: a binary16 scale d, a binary16 minimum m, the fifth bits of all weights and 32 nibbles with the lower four; a
 * weight is {@code q * d + m}. Bits are arranged as in {@link Q5_0}.
 */
public final class Q5_1 implements BlockCodec {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;
    private static final int FIFTH_BITS = 4;
    private static final int NIBBLES = 8;
    private static final int LARGEST = 31;

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return NIBBLES + HALF;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        float m = Float.float16ToFloat(source.get(SHORT, offset + 2));
        int fifth = source.get(INT, offset + FIFTH_BITS);
        for (int i = 0; i < HALF; i++) {
            int pair = source.get(ValueLayout.JAVA_BYTE, offset + NIBBLES + i);
            target[targetOffset + i] = ((pair & 15) | (((fifth >>> i) & 1) << 4)) * d + m;
            target[targetOffset + i + HALF] = (((pair >> 4) & 15) | (((fifth >>> (i + HALF)) & 1) << 4)) * d + m;
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        Range range = Range.of(source, sourceOffset, SIZE);
        float d = range.width() / LARGEST;
        float inverse = d == 0 ? 0 : 1 / d;
        target.set(SHORT, offset, HalfScale.bits(d));
        target.set(SHORT, offset + 2, HalfScale.bits(range.least()));
        int fifth = 0;
        for (int i = 0; i < HALF; i++) {
            int low = (int) ((source[sourceOffset + i] - range.least()) * inverse + 0.5f);
            int high = (int) ((source[sourceOffset + i + HALF] - range.least()) * inverse + 0.5f);
            target.set(ValueLayout.JAVA_BYTE, offset + NIBBLES + i, (byte) ((low & 15) | ((high & 15) << 4)));
            fifth |= (((low >> 4) & 1) << i) | (((high >> 4) & 1) << (i + HALF));
        }
        target.set(INT, offset + FIFTH_BITS, fifth);
    }
}
