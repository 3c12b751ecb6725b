package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q5_0: a binary16 scale d, the fifth bits of all weights and 32 nibbles with the lower four; a weight is
 * {@code (q - 16) * d}. Bit i of the fifth bits belongs to weight i; byte i of the nibbles holds weight i in its low
 * and weight i + 16 in its high nibble. The scale carries the sign of the weight of largest magnitude, which becomes
 * -16.
 */
public final class Q5_0 implements BlockCodec {
    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;
    private static final int FIFTH_BITS = 2;
    private static final int NIBBLES = 6;

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
        int fifth = source.get(INT, offset + FIFTH_BITS);
        for (int i = 0; i < HALF; i++) {
            int pair = source.get(ValueLayout.JAVA_BYTE, offset + NIBBLES + i);
            target[targetOffset + i] = (((pair & 15) | (((fifth >>> i) & 1) << 4)) - 16) * d;
            target[targetOffset + i + HALF] = ((((pair >> 4) & 15) | (((fifth >>> (i + HALF)) & 1) << 4)) - 16) * d;
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        float d = Range.extreme(source, sourceOffset, SIZE) / -16;
        float inverse = d == 0 ? 0 : 1 / d;
        target.set(SHORT, offset, HalfScale.bits(d));
        int fifth = 0;
        for (int i = 0; i < HALF; i++) {
            int low = Math.min(31, (int) (source[sourceOffset + i] * inverse + 16.5f));
            int high = Math.min(31, (int) (source[sourceOffset + i + HALF] * inverse + 16.5f));
            target.set(ValueLayout.JAVA_BYTE, offset + NIBBLES + i, (byte) ((low & 15) | ((high & 15) << 4)));
            fifth |= (((low >> 4) & 1) << i) | (((high >> 4) & 1) << (i + HALF));
        }
        target.set(INT, offset + FIFTH_BITS, fifth);
    }
}
