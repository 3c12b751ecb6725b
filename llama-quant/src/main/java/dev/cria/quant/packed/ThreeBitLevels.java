package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.INTS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Five levels a half of an int and one in the bits left over: 16 a group in one half of three ints. */
final class ThreeBitLevels implements LevelKernel {
    private static final int WORDS = 3;
    private static final int PER_WORD = 5;
    private static final int BITS = 3;
    private static final int MASK = 7;
    private static final int LEFT_BITS = 1;
    private static final int LEFT_MASK = 1;
    private static final int WORD_BITS = 16;

    @Override
    public void multiply(MemorySegment weights, long at, int stride, int groups, float[] scales, int lane, float[] x,
            int xOffset, float[] out, int outOffset) {
        IntVector mask = IntVector.broadcast(INTS, MASK);
        IntVector exponent = Lanes.exponent(0);
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset + lane);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + lane + HALF);
        int column = xOffset;
        for (int group = 0; group < groups; group++) {
            int scale = group * PANEL_ROWS + lane;
            FloatVector aScale = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector bScale = FloatVector.fromArray(FLOATS, scales, scale + HALF);
            FloatVector aMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale);
            FloatVector bMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale + HALF);
            IntVector aRest = IntVector.zero(INTS);
            IntVector bRest = IntVector.zero(INTS);
            for (int i = 0; i < WORDS; i++) {
                long ints = at + (long) (group / 2) * stride + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints).lanewise(VectorOperators.LSHR,
                        group % 2 * WORD_BITS);
                IntVector b = Lanes.load(weights, ints + 4 * HALF).lanewise(VectorOperators.LSHR,
                        group % 2 * WORD_BITS);
                for (int k = 0; k < PER_WORD; k++) {
                    FloatVector input = FloatVector.broadcast(FLOATS, x[column + k]);
                    aSum = Lanes.level(a, mask, exponent).fma(aScale, aMore).fma(input, aSum);
                    bSum = Lanes.level(b, mask, exponent).fma(bScale, bMore).fma(input, bSum);
                    a = a.lanewise(VectorOperators.LSHR, BITS);
                    b = b.lanewise(VectorOperators.LSHR, BITS);
                }
                aRest = aRest.or(a.and(LEFT_MASK).lanewise(VectorOperators.LSHL, i * LEFT_BITS));
                bRest = bRest.or(b.and(LEFT_MASK).lanewise(VectorOperators.LSHL, i * LEFT_BITS));
                column += PER_WORD;
            }
            FloatVector input = FloatVector.broadcast(FLOATS, x[column]);
            aSum = Lanes.level(aRest, mask, exponent).fma(aScale, aMore).fma(input, aSum);
            bSum = Lanes.level(bRest, mask, exponent).fma(bScale, bMore).fma(input, bSum);
            column++;
        }
        aSum.intoArray(out, outOffset + lane);
        bSum.intoArray(out, outOffset + lane + HALF);
    }
}
