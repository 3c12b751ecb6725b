package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Sixteen levels an int, which is a group. */
final class TwoBitLevels implements LevelKernel {
    private static final int LEVELS = 16;
    private static final int BITS = 2;
    private static final int MASK = 3;

    @Override
    public void multiply(MemorySegment weights, long at, int stride, int groups, float[] scales, int lane, float[] x,
            int xOffset, float[] out, int outOffset) {
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset + lane);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + lane + HALF);
        for (int group = 0; group < groups; group++) {
            int scale = group * PANEL_ROWS + lane;
            FloatVector aScale = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector bScale = FloatVector.fromArray(FLOATS, scales, scale + HALF);
            FloatVector aMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale);
            FloatVector bMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale + HALF);
            IntVector a = Lanes.load(weights, at + (long) group * stride);
            IntVector b = Lanes.load(weights, at + (long) group * stride + 4 * HALF);
            for (int k = 0; k < LEVELS; k++) {
                FloatVector input = FloatVector.broadcast(FLOATS, x[xOffset + group * LEVELS + k]);
                aSum = Lanes.toFloats(a.and(MASK)).fma(aScale, aMore).fma(input, aSum);
                bSum = Lanes.toFloats(b.and(MASK)).fma(bScale, bMore).fma(input, bSum);
                a = a.lanewise(VectorOperators.LSHR, BITS);
                b = b.lanewise(VectorOperators.LSHR, BITS);
            }
        }
        aSum.intoArray(out, outOffset + lane);
        bSum.intoArray(out, outOffset + lane + HALF);
    }
}
