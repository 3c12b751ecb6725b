package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Q8_0Panels.BYTES;
import static dev.cria.quant.packed.Q8_0Panels.COLUMNS;
import static dev.cria.quant.packed.Q8_0Panels.SCALE_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Q8_0Panels} in the Vector API. The 8 bits q at bit 8 of an int, with the exponent of 2^15 above them, are the
 * float 32768 + q, so that one fused multiply-add with the scale d and -(32768 + 128) d gives (q - 128) d exactly: both
 * products fit into 24 bits, and the difference is rounded once, where nothing is left to round.
 */
final class Q8_0Vectors implements PanelKernel {
    private static final int INTS_PER_ROW = 8;
    private static final int COLUMNS_PER_INT = 4;
    private static final int BITS = 8;
    private static final int MASK = 0xff00;
    private static final int EXPONENT = 0x47000000;
    private static final float CENTRE = -(32768f + 128);

    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int lane = 0; lane < HALF; lane += LENGTH) {
            expandLanes(weights, offset + 4L * lane, blocks, target, targetOffset + lane);
        }
    }

    private static void expandLanes(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        int to = targetOffset;
        for (int block = 0; block < blocks; block++) {
            long at = offset + (long) block * BYTES;
            IntVector scales = Lanes.load(weights, at);
            FloatVector aScale = Lanes.lowFloat16(scales);
            FloatVector bScale = Lanes.highFloat16(scales);
            FloatVector aCentre = aScale.mul(CENTRE);
            FloatVector bCentre = bScale.mul(CENTRE);
            for (int i = 0; i < INTS_PER_ROW; i++) {
                long ints = at + SCALE_BYTES + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int k = 0; k < COLUMNS_PER_INT; k++) {
                    weight(a, aScale, aCentre).intoArray(target, to);
                    weight(b, bScale, bCentre).intoArray(target, to + HALF);
                    a = a.lanewise(VectorOperators.ROR, BITS);
                    b = b.lanewise(VectorOperators.ROR, BITS);
                    to += PANEL_ROWS;
                }
            }
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
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        for (int block = 0; block < blocks; block++) {
            long at = offset + (long) block * BYTES;
            IntVector scales = Lanes.load(weights, at);
            FloatVector aScale = Lanes.lowFloat16(scales);
            FloatVector bScale = Lanes.highFloat16(scales);
            FloatVector aCentre = aScale.mul(CENTRE);
            FloatVector bCentre = bScale.mul(CENTRE);
            int column = xOffset + block * COLUMNS;
            for (int i = 0; i < INTS_PER_ROW; i++) {
                long ints = at + SCALE_BYTES + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int k = 0; k < COLUMNS_PER_INT; k++) {
                    FloatVector input = FloatVector.broadcast(FLOATS, x[column + COLUMNS_PER_INT * i + k]);
                    aSum = weight(a, aScale, aCentre).fma(input, aSum);
                    bSum = weight(b, bScale, bCentre).fma(input, bSum);
                    a = a.lanewise(VectorOperators.ROR, BITS);
                    b = b.lanewise(VectorOperators.ROR, BITS);
                }
            }
        }
        aSum.intoArray(out, outOffset);
        bSum.intoArray(out, outOffset + HALF);
    }

    private static FloatVector weight(IntVector quants, FloatVector scale, FloatVector centre) {
        return quants.and(MASK).or(EXPONENT).reinterpretAsFloats().fma(scale, centre);
    }
}
