package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.INTS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Eight levels an int, 32 a group. Levels become floats where they are in the int: a shift serves two.
 */
final class FourBitLevels implements LevelKernel {
    private static final int WORDS = 4;
    private static final int BITS = 4;
    private static final int MASK = 15;

    @Override
    public void multiply(MemorySegment weights, long at, int stride, int groups, float[] scales, int lane, float[] x,
            int xOffset, float[] out, int outOffset) {
        IntVector mask0 = IntVector.broadcast(INTS, MASK);
        IntVector exponent0 = Lanes.exponent(0);
        IntVector mask1 = IntVector.broadcast(INTS, MASK << BITS);
        IntVector exponent1 = Lanes.exponent(BITS);
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset + lane);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + lane + HALF);
        int column = xOffset;
        for (int group = 0; group < groups; group++) {
            int scale = group * PANEL_ROWS + lane;
            FloatVector aScale = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector bScale = FloatVector.fromArray(FLOATS, scales, scale + HALF);
            FloatVector aMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale);
            FloatVector bMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale + HALF);
            for (int i = 0; i < WORDS; i++) {
                long ints = at + (long) group * stride + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int part = 0; part < 4; part++) {
                    FloatVector input = FloatVector.broadcast(FLOATS, x[column]);
                    aSum = Lanes.level(a, mask0, exponent0).fma(aScale, aMore).fma(input, aSum);
                    bSum = Lanes.level(b, mask0, exponent0).fma(bScale, bMore).fma(input, bSum);
                    input = FloatVector.broadcast(FLOATS, x[column + 1]);
                    aSum = Lanes.level(a, mask1, exponent1).fma(aScale, aMore).fma(input, aSum);
                    bSum = Lanes.level(b, mask1, exponent1).fma(bScale, bMore).fma(input, bSum);
                    a = a.lanewise(VectorOperators.LSHR, 2 * BITS);
                    b = b.lanewise(VectorOperators.LSHR, 2 * BITS);
                    column += 2;
                }
            }
        }
        aSum.intoArray(out, outOffset + lane);
        bSum.intoArray(out, outOffset + lane + HALF);
    }
}
