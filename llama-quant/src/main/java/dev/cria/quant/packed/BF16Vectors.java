package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link BF16Panels} in the Vector API. */
final class BF16Vectors implements PanelKernel {
    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            expandLanes(weights, offset + 4L * lane, blocks, target, targetOffset + lane);
        }
    }

    private static void expandLanes(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int i = 0; i < blocks; i++) {
            IntVector pairs = Lanes.load(weights, offset + 4L * i * PANEL_ROWS);
            int to = targetOffset + 2 * i * PANEL_ROWS;
            low(pairs).intoArray(target, to);
            high(pairs).intoArray(target, to + PANEL_ROWS);
        }
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        for (int lane = 0; lane < HALF; lane += LENGTH) {
            multiplyLanes(weights, offset + 4L * lane, blocks, x, xOffset, out, outOffset + lane);
        }
    }

    private static void multiplyLanes(MemorySegment weights, long offset, int blocks, float[] x, int xOffset,
            float[] out, int outOffset) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        for (int i = 0; i < blocks; i++) {
            long at = offset + 4L * i * PANEL_ROWS;
            IntVector aPairs = Lanes.load(weights, at);
            IntVector bPairs = Lanes.load(weights, at + 4 * HALF);
            FloatVector input = FloatVector.broadcast(FLOATS, x[xOffset + 2 * i]);
            a = low(aPairs).fma(input, a);
            b = low(bPairs).fma(input, b);
            input = FloatVector.broadcast(FLOATS, x[xOffset + 2 * i + 1]);
            a = high(aPairs).fma(input, a);
            b = high(bPairs).fma(input, b);
        }
        a.intoArray(out, outOffset);
        b.intoArray(out, outOffset + HALF);
    }

    private static FloatVector low(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector high(IntVector pairs) {
        return pairs.and(0xffff0000).reinterpretAsFloats();
    }
}
