package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Five levels an int and one in the bits left over: 16 a group in three ints. As in {@link FourBitLevels}, levels are not shifted.
 */
final class SixBitLevels implements LevelKernel {
    private static final int INTS = 3;
    private static final int MASK0 = 63;
    private static final int MASK1 = 63 << 6;
    private static final int MASK2 = 63 << 12;
    private static final int MASK3 = 63 << 18;
    private static final int MASK4 = 63 << 24;
    private static final int LEFT_BITS = 2;
    private static final int LEFT_MASK = -1 << (32 - LEFT_BITS);

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
            FloatVector a1 = a0.mul(0x1p-6f);
            FloatVector b1 = b0.mul(0x1p-6f);
            FloatVector a2 = a0.mul(0x1p-12f);
            FloatVector b2 = b0.mul(0x1p-12f);
            FloatVector a3 = a0.mul(0x1p-18f);
            FloatVector b3 = b0.mul(0x1p-18f);
            FloatVector a4 = a0.mul(0x1p-24f);
            FloatVector b4 = b0.mul(0x1p-24f);
            FloatVector aMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale);
            FloatVector bMore = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scale + HALF);
            IntVector aRest = IntVector.zero(Lanes.INTS);
            IntVector bRest = IntVector.zero(Lanes.INTS);
            for (int i = 0; i < INTS; i++) {
                long ints = at + (long) group * stride + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
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
                input = FloatVector.broadcast(FLOATS, x[column + 4]);
                aSum = Lanes.toFloats(a.and(MASK4)).fma(a4, aMore).fma(input, aSum);
                bSum = Lanes.toFloats(b.and(MASK4)).fma(b4, bMore).fma(input, bSum);
                aRest = aRest.lanewise(VectorOperators.LSHR, LEFT_BITS).or(a.and(LEFT_MASK));
                bRest = bRest.lanewise(VectorOperators.LSHR, LEFT_BITS).or(b.and(LEFT_MASK));
                column += 5;
            }
            FloatVector input = FloatVector.broadcast(FLOATS, x[column]);
            aSum = Lanes.toFloats(aRest.lanewise(VectorOperators.LSHR, 26)).fma(a0, aMore).fma(input, aSum);
            bSum = Lanes.toFloats(bRest.lanewise(VectorOperators.LSHR, 26)).fma(b0, bMore).fma(input, bSum);
            column += 1;
        }
        aSum.intoArray(out, outOffset + lane);
        bSum.intoArray(out, outOffset + lane + HALF);
    }
}
