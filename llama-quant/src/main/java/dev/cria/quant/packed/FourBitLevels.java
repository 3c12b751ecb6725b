package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Eight levels an int, 32 a group. Levels become floats where they are in the int, without a shift, and the scale is divided by the power of
 * two that this multiplies them by.
 */
final class FourBitLevels implements LevelKernel {
    private static final int INTS = 4;
    private static final int MASK0 = 15;
    private static final int MASK1 = 15 << 4;
    private static final int MASK2 = 15 << 8;
    private static final int MASK3 = 15 << 12;

    @Override
    public void multiply(MemorySegment weights, long at, int stride, int groups, float[] scales, int lane, float[] x,
            int xOffset, float[] out, int outOffset) {
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset + lane);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + lane + HALF);
        int column = xOffset;
        for (int group = 0; group < groups; group++) {
            int scale = group * PANEL_ROWS + lane;
            FloatVector a0 = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector b0 = FloatVector.fromArray(FLOATS, scales, scale + HALF);
            FloatVector a1 = a0.mul(0x1p-4f);
            FloatVector b1 = b0.mul(0x1p-4f);
            FloatVector a2 = a0.mul(0x1p-8f);
            FloatVector b2 = b0.mul(0x1p-8f);
            FloatVector a3 = a0.mul(0x1p-12f);
            FloatVector b3 = b0.mul(0x1p-12f);
            FloatVector aMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale);
            FloatVector bMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale + HALF);
            for (int i = 0; i < INTS; i++) {
                long ints = at + (long) group * stride + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int half = 0; half < 2; half++) {
                    FloatVector input = FloatVector.broadcast(FLOATS, x[column]);
                    aSum = Lanes.toFloats(a.and(MASK0)).fma(a0, aMore).fma(input, aSum);
                    bSum = Lanes.toFloats(b.and(MASK0)).fma(b0, bMore).fma(input, bSum);
                    input = FloatVector.broadcast(FLOATS, x[column + 1]);
                    aSum = Lanes.toFloats(a.and(MASK1)).fma(a1, aMore).fma(input, aSum);
                    bSum = Lanes.toFloats(b.and(MASK1)).fma(b1, bMore).fma(input, bSum);
                    input = FloatVector.broadcast(FLOATS, x[column + 2]);
                    aSum = Lanes.toFloats(a.and(MASK2)).fma(a2, aMore).fma(input, aSum);
                    bSum = Lanes.toFloats(b.and(MASK2)).fma(b2, bMore).fma(input, bSum);
                    input = FloatVector.broadcast(FLOATS, x[column + 3]);
                    aSum = Lanes.toFloats(a.and(MASK3)).fma(a3, aMore).fma(input, aSum);
                    bSum = Lanes.toFloats(b.and(MASK3)).fma(b3, bMore).fma(input, bSum);
                    a = a.lanewise(VectorOperators.LSHR, 16);
                    b = b.lanewise(VectorOperators.LSHR, 16);
                    column += 4;
                }
            }
        }
        aSum.intoArray(out, outOffset + lane);
        bSum.intoArray(out, outOffset + lane + HALF);
    }
}
