package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q4_1: a binary16 scale d, a binary16 minimum m and 32 unsigned nibbles q; a weight is {@code q * d + m}. Byte i holds
 * weight i in its low and weight i + 16 in its high nibble.
 */
public final class Q4_1 implements BlockCodec {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;
    private static final int NIBBLES = 4;
    private static final int LARGEST = 15;

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
        for (int i = 0; i < HALF; i++) {
            int pair = source.get(ValueLayout.JAVA_BYTE, offset + NIBBLES + i);
            target[targetOffset + i] = (pair & 15) * d + m;
            target[targetOffset + i + HALF] = ((pair >> 4) & 15) * d + m;
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        Range range = Range.of(source, sourceOffset, SIZE);
        float d = range.width() / LARGEST;
        float inverse = d == 0 ? 0 : 1 / d;
        target.set(SHORT, offset, HalfScale.bits(d));
        target.set(SHORT, offset + 2, HalfScale.bits(range.least()));
        for (int i = 0; i < HALF; i++) {
            int low = level(source[sourceOffset + i], range, inverse);
            int high = level(source[sourceOffset + i + HALF], range, inverse);
            target.set(ValueLayout.JAVA_BYTE, offset + NIBBLES + i, (byte) (low | (high << 4)));
        }
    }

    private static int level(float weight, Range range, float inverse) {
        return Math.min(LARGEST, (int) ((weight - range.least()) * inverse + 0.5f));
    }
}
