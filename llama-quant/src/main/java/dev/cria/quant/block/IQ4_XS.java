package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * IQ4_XS: 256 weights in 8 groups of 32, each with a 6-bit scale s, and one binary16 factor d; a weight is
 * {@code d * (s - 32) * value}, where a nibble indexes the table of {@link NonLinearLevels}. The upper two bits of the
 * scales lie in one 16-bit number, the lower four in nibbles of four bytes.
 */
public final class IQ4_XS implements BlockCodec {
    private static final int SIZE = 256;
    private static final int GROUP = NonLinearLevels.GROUP;
    private static final int GROUPS = SIZE / GROUP;
    private static final int SCALES_HIGH = 2;
    private static final int SCALES_LOW = 4;
    private static final int NIBBLES = 8;

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public int bytes() {
        return NIBBLES + SIZE / 2;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset) {
        float d = Float.float16ToFloat(source.get(SHORT, offset));
        int high = source.get(SHORT, offset + SCALES_HIGH);
        for (int group = 0; group < GROUPS; group++) {
            int low = source.get(ValueLayout.JAVA_BYTE, offset + SCALES_LOW + group / 2) >> (group % 2 * 4);
            int scale = (low & 15) | (((high >> (2 * group)) & 3) << 4);
            NonLinearLevels.decode(source, offset + NIBBLES + group * (GROUP / 2), d * (scale - 32), target,
                    targetOffset + group * GROUP);
        }
    }

    @Override
    public void encode(float[] source, int sourceOffset, MemorySegment target, long offset) {
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = NonLinearLevels.scale(source, sourceOffset + group * GROUP);
        }
        // the levels are chosen for the unrounded factor, as GGML does
        float d = -Range.extreme(scales, 0, GROUPS) / 32;
        float inverse = d == 0 ? 0 : 1 / d;
        target.set(SHORT, offset, HalfScale.bits(d));
        int high = 0;
        int low = 0;
        for (int group = 0; group < GROUPS; group++) {
            int scale = Rounding.halfEven(inverse * scales[group], -32, 31);
            float groupScale = d * scale;
            NonLinearLevels.encode(source, sourceOffset + group * GROUP, groupScale == 0 ? 0 : 1 / groupScale, target,
                    offset + NIBBLES + group * (GROUP / 2));
            low |= ((scale + 32) & 15) << (4 * group);
            high |= ((scale + 32) >> 4) << (2 * group);
        }
        target.set(SHORT, offset + SCALES_HIGH, (short) high);
        target.set(INT, offset + SCALES_LOW, low);
    }
}
