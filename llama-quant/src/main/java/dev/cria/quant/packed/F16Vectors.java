package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** {@link F16Panels} in the Vector API. */
final class F16Vectors implements PanelKernel {
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
            Lanes.lowFloat16(pairs).intoArray(target, to);
            Lanes.highFloat16(pairs).intoArray(target, to + PANEL_ROWS);
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
            a = Lanes.lowFloat16(aPairs).fma(input, a);
            b = Lanes.lowFloat16(bPairs).fma(input, b);
            input = FloatVector.broadcast(FLOATS, x[xOffset + 2 * i + 1]);
            a = Lanes.highFloat16(aPairs).fma(input, a);
            b = Lanes.highFloat16(bPairs).fma(input, b);
        }
        a.intoArray(out, outOffset);
        b.intoArray(out, outOffset + HALF);
    }
}
