package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q4_0: a binary16 scale d and 32 unsigned nibbles q; a weight is {@code (q - 8) * d}. Byte i holds weight i in its low
 * and weight i + 16 in its high nibble. The scale carries the sign of the weight of largest magnitude, which becomes
 * -8.
 */
public final class Q4_0 implements BlockCodec {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return 2 + HALF;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        for (int i = 0; i < HALF; i++) {
            int pair = source.get(ValueLayout.JAVA_BYTE, offset + 2 + i);
            target[targetOffset + i] = ((pair & 15) - 8) * d;
            target[targetOffset + i + HALF] = (((pair >> 4) & 15) - 8) * d;
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        float d = Range.extreme(source, sourceOffset, SIZE) / -8;
        float inverse = d == 0 ? 0 : 1 / d;
        target.set(SHORT, offset, HalfScale.bits(d));
        for (int i = 0; i < HALF; i++) {
            int low = Math.min(15, (int) (source[sourceOffset + i] * inverse + 8.5f));
            int high = Math.min(15, (int) (source[sourceOffset + i + HALF] * inverse + 8.5f));
            target.set(ValueLayout.JAVA_BYTE, offset + 2 + i, (byte) (low | (high << 4)));
        }
    }
}
