package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link F32Panels} in the Vector API. */
final class F32Vectors implements PanelKernel {
    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        F32Panels.expand(weights, offset, blocks, target, targetOffset);
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        for (int lane = 0; lane < HALF; lane += LENGTH) {
            multiplyLanes(weights, offset + 4L * lane, blocks, x, xOffset, out, outOffset + lane);
        }
    }

    private static void multiplyLanes(MemorySegment weights, long offset, int columns, float[] x, int xOffset,
            float[] out, int outOffset) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        for (int k = 0; k < columns; k++) {
            long at = offset + 4L * k * PANEL_ROWS;
            FloatVector input = FloatVector.broadcast(FLOATS, x[xOffset + k]);
            a = FloatVector.fromMemorySegment(FLOATS, weights, at, ByteOrder.LITTLE_ENDIAN).fma(input, a);
            b = FloatVector.fromMemorySegment(FLOATS, weights, at + 4 * HALF, ByteOrder.LITTLE_ENDIAN).fma(input, b);
        }
        a.intoArray(out, outOffset);
        b.intoArray(out, outOffset + HALF);
    }
}
