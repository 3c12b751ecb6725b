package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Q8_0: a binary16 scale d and 32 signed bytes q; a weight is {@code q * d}. */
public final class Q8_0 implements BlockCodec {
    private static final int SIZE = 32;

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return 2 + SIZE;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        for (int i = 0; i < SIZE; i++) {
            target[targetOffset + i] = source.get(ValueLayout.JAVA_BYTE, offset + 2 + i) * d;
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        float largest = 0;
        for (int i = 0; i < SIZE; i++) {
            largest = Math.max(largest, Math.abs(source[sourceOffset + i]));
        }
        float d = largest / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        target.set(SHORT, offset, HalfScale.bits(d));
        for (int i = 0; i < SIZE; i++) {
            target.set(ValueLayout.JAVA_BYTE, offset + 2 + i,
                    (byte) Rounding.halfAwayFromZero(source[sourceOffset + i] * inverse));
        }
    }
}
