package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link F16Panels} in the Vector API. */
final class F16Vectors implements PanelKernel {
    private static final int COLUMNS = 2;
    private static final int BYTES = 4 * PANEL_ROWS;
    private static final int BITS = 0x8fffe000;
    /** Inputs below this stay finite when they are multiplied with the bias. */
    private static final float LARGEST_INPUT = 0x1p25f;

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
            low(pairs).mul(F16Panels.BIAS).intoArray(target, to);
            high(pairs).mul(F16Panels.BIAS).intoArray(target, to + PANEL_ROWS);
        }
    }

    /**
     * The inputs are multiplied with the bias instead of every weight: both are powers of two apart, so the bits are
     * the same.
     */
    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        int pieceBlocks = Matrix.SCRATCH / COLUMNS;
        for (int block = 0; block < blocks; block += pieceBlocks) {
            int count = Math.min(pieceBlocks, blocks - block);
            long at = offset + (long) block * BYTES;
            if (scaleInputs(x, xOffset + block * COLUMNS, count * COLUMNS, scratch) < LARGEST_INPUT) {
                for (int lane = 0; lane < HALF; lane += LENGTH) {
                    multiplyLanes(weights, at + 4L * lane, count, scratch, out, outOffset + lane);
                }
            } else {
                new F16Panels().plain().multiply(weights, at, count, x, xOffset + block * COLUMNS, out, outOffset,
                        scratch);
            }
        }
    }

    /** Writes the inputs times the bias; answers the largest magnitude of the inputs. */
    private static float scaleInputs(float[] x, int xOffset, int count, float[] scaled) {
        FloatVector largest = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + LENGTH <= count; i += LENGTH) {
            FloatVector input = FloatVector.fromArray(FLOATS, x, xOffset + i);
            largest = largest.max(input.abs());
            input.mul(F16Panels.BIAS).intoArray(scaled, i);
        }
        float result = largest.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            scaled[i] = x[xOffset + i] * F16Panels.BIAS;
            result = Math.max(result, Math.abs(x[xOffset + i]));
        }
        return result;
    }

    /**
     * Four columns at a time, which is more than C2 unrolls: what it makes of a smaller loop reads memory out of order,
     * and at half the speed.
     */
    private static void multiplyLanes(MemorySegment weights, long offset, int blocks, float[] x, float[] out,
            int outOffset) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        long at = offset;
        int i = 0;
        for (; i + 2 <= blocks; i += 2) {
            IntVector aPairs = Lanes.load(weights, at);
            IntVector bPairs = Lanes.load(weights, at + 4 * HALF);
            FloatVector input = FloatVector.broadcast(FLOATS, x[2 * i]);
            a = low(aPairs).fma(input, a);
            b = low(bPairs).fma(input, b);
            input = FloatVector.broadcast(FLOATS, x[2 * i + 1]);
            a = high(aPairs).fma(input, a);
            b = high(bPairs).fma(input, b);
            aPairs = Lanes.load(weights, at + BYTES);
            bPairs = Lanes.load(weights, at + BYTES + 4 * HALF);
            input = FloatVector.broadcast(FLOATS, x[2 * i + 2]);
            a = low(aPairs).fma(input, a);
            b = low(bPairs).fma(input, b);
            input = FloatVector.broadcast(FLOATS, x[2 * i + 3]);
            a = high(aPairs).fma(input, a);
            b = high(bPairs).fma(input, b);
            at += 2 * BYTES;
        }
        if (i < blocks) {
            IntVector aPairs = Lanes.load(weights, at);
            IntVector bPairs = Lanes.load(weights, at + 4 * HALF);
            FloatVector input = FloatVector.broadcast(FLOATS, x[2 * i]);
            a = low(aPairs).fma(input, a);
            b = low(bPairs).fma(input, b);
            input = FloatVector.broadcast(FLOATS, x[2 * i + 1]);
            a = high(aPairs).fma(input, a);
            b = high(bPairs).fma(input, b);
        }
        a.intoArray(out, outOffset);
        b.intoArray(out, outOffset + HALF);
    }

    private static FloatVector low(IntVector pairs) {
        return high(pairs.lanewise(VectorOperators.LSHL, 16));
    }

    /**
     * The upper codes as floats that lack the bias: an arithmetic shift brings sign, exponent and mantissa into place.
     */
    private static FloatVector high(IntVector pairs) {
        return pairs.lanewise(VectorOperators.ASHR, 3).and(BITS).reinterpretAsFloats();
    }
}
