package dev.cria.core.kernel;

import static dev.cria.core.Fma.fma;

import dev.cria.core.Kernels;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels in the Vector API. Every lane does what the plain kernels do for its element, in the same order. Only
 * static methods with constant species and local vectors are used, so that C2 keeps every vector in a register.
 */
public final class VectorKernels implements Kernels {
    private static final int ROWS = Matrix.PANEL_ROWS;
    /** The widest species of the machine, but no more than half a panel (two accumulators a token in {@link #six}). */
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > ROWS / 2
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final int LENGTH = FLOATS.length();
    /** As many bytes as floats where there are vectors so narrow, otherwise twice as many. */
    private static final VectorSpecies<Byte> BYTES = LENGTH == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
    /** Lanes that {@link #widenRow} takes at a time. */
    private static final int WIDENED = Math.min(4 * LENGTH, ROWS);
    private static final int ROW_BYTES = Float.BYTES * ROWS;

    static final int BITS = FLOATS.vectorBitSize();

    @Override
    public String name() {
        return "vector-" + BITS;
    }

    @Override
    public boolean usesVectorApi() {
        return true;
    }

    @Override
    public void panelProduct(MemorySegment panel, int depth, float[] x, int xOffset, int xStride, int tokens,
            float[] out, int outOffset, int outStride) {
        for (int lane = 0; lane < ROWS; lane += 2 * LENGTH) {
            long w = 4L * lane;
            int o = outOffset + lane;
            int t = 0;
            for (; t + 6 <= tokens; t += 6) {
                six(panel, w, depth, x, xOffset + t * xStride, xStride, out, o + t * outStride, outStride);
            }
            for (; t + 3 <= tokens; t += 3) {
                three(panel, w, depth, x, xOffset + t * xStride, xStride, out, o + t * outStride, outStride);
            }
            for (; t < tokens; t++) {
                one(panel, w, depth, x, xOffset + t * xStride, out, o + t * outStride);
            }
        }
    }

    /**
     * Two vectors of rows times six tokens: twelve accumulators, two weights and one broadcast input fill 15 registers,
     * which is what the narrowest machine has, and twelve independent chains hide the latency of the fused
     * multiply-add. The offset of the weights is a running long: computed from the counter, C2 neither unrolls the loop
     * nor drops the bounds checks.
     */
    private static void six(MemorySegment panel, long w, int depth, float[] x, int x0, int xStride, float[] out, int o0,
            int outStride) {
        int x1 = x0 + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        int x4 = x3 + xStride;
        int x5 = x4 + xStride;
        int o1 = o0 + outStride;
        int o2 = o1 + outStride;
        int o3 = o2 + outStride;
        int o4 = o3 + outStride;
        int o5 = o4 + outStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector b0 = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        FloatVector a1 = FloatVector.fromArray(FLOATS, out, o1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, out, o1 + LENGTH);
        FloatVector a2 = FloatVector.fromArray(FLOATS, out, o2);
        FloatVector b2 = FloatVector.fromArray(FLOATS, out, o2 + LENGTH);
        FloatVector a3 = FloatVector.fromArray(FLOATS, out, o3);
        FloatVector b3 = FloatVector.fromArray(FLOATS, out, o3 + LENGTH);
        FloatVector a4 = FloatVector.fromArray(FLOATS, out, o4);
        FloatVector b4 = FloatVector.fromArray(FLOATS, out, o4 + LENGTH);
        FloatVector a5 = FloatVector.fromArray(FLOATS, out, o5);
        FloatVector b5 = FloatVector.fromArray(FLOATS, out, o5 + LENGTH);
        long at = w;
        for (int k = 0; k < depth; k++) {
            FloatVector wa = load(panel, at);
            FloatVector wb = load(panel, at + 4 * LENGTH);
            FloatVector input = FloatVector.broadcast(FLOATS, x[x0 + k]);
            a0 = wa.fma(input, a0);
            b0 = wb.fma(input, b0);
            input = FloatVector.broadcast(FLOATS, x[x1 + k]);
            a1 = wa.fma(input, a1);
            b1 = wb.fma(input, b1);
            input = FloatVector.broadcast(FLOATS, x[x2 + k]);
            a2 = wa.fma(input, a2);
            b2 = wb.fma(input, b2);
            input = FloatVector.broadcast(FLOATS, x[x3 + k]);
            a3 = wa.fma(input, a3);
            b3 = wb.fma(input, b3);
            input = FloatVector.broadcast(FLOATS, x[x4 + k]);
            a4 = wa.fma(input, a4);
            b4 = wb.fma(input, b4);
            input = FloatVector.broadcast(FLOATS, x[x5 + k]);
            a5 = wa.fma(input, a5);
            b5 = wb.fma(input, b5);
            at += ROW_BYTES;
        }
        a0.intoArray(out, o0);
        b0.intoArray(out, o0 + LENGTH);
        a1.intoArray(out, o1);
        b1.intoArray(out, o1 + LENGTH);
        a2.intoArray(out, o2);
        b2.intoArray(out, o2 + LENGTH);
        a3.intoArray(out, o3);
        b3.intoArray(out, o3 + LENGTH);
        a4.intoArray(out, o4);
        b4.intoArray(out, o4 + LENGTH);
        a5.intoArray(out, o5);
        b5.intoArray(out, o5 + LENGTH);
    }

    private static void three(MemorySegment panel, long w, int depth, float[] x, int x0, int xStride, float[] out,
            int o0,
            int outStride) {
        int x1 = x0 + xStride;
        int x2 = x1 + xStride;
        int o1 = o0 + outStride;
        int o2 = o1 + outStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector b0 = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        FloatVector a1 = FloatVector.fromArray(FLOATS, out, o1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, out, o1 + LENGTH);
        FloatVector a2 = FloatVector.fromArray(FLOATS, out, o2);
        FloatVector b2 = FloatVector.fromArray(FLOATS, out, o2 + LENGTH);
        long at = w;
        for (int k = 0; k < depth; k++) {
            FloatVector wa = load(panel, at);
            FloatVector wb = load(panel, at + 4 * LENGTH);
            FloatVector input = FloatVector.broadcast(FLOATS, x[x0 + k]);
            a0 = wa.fma(input, a0);
            b0 = wb.fma(input, b0);
            input = FloatVector.broadcast(FLOATS, x[x1 + k]);
            a1 = wa.fma(input, a1);
            b1 = wb.fma(input, b1);
            input = FloatVector.broadcast(FLOATS, x[x2 + k]);
            a2 = wa.fma(input, a2);
            b2 = wb.fma(input, b2);
            at += ROW_BYTES;
        }
        a0.intoArray(out, o0);
        b0.intoArray(out, o0 + LENGTH);
        a1.intoArray(out, o1);
        b1.intoArray(out, o1 + LENGTH);
        a2.intoArray(out, o2);
        b2.intoArray(out, o2 + LENGTH);
    }

    private static FloatVector load(MemorySegment panel, long at) {
        return FloatVector.fromMemorySegment(FLOATS, panel, at, ByteOrder.nativeOrder());
    }

    private static void one(MemorySegment panel, long w, int depth, float[] x, int x0, float[] out, int o0) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector b = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        long at = w;
        for (int k = 0; k < depth; k++) {
            FloatVector input = FloatVector.broadcast(FLOATS, x[x0 + k]);
            a = load(panel, at).fma(input, a);
            b = load(panel, at + 4 * LENGTH).fma(input, b);
            at += ROW_BYTES;
        }
        a.intoArray(out, o0);
        b.intoArray(out, o0 + LENGTH);
    }

    @Override
    public void panelRow(float[] panel, int depth, float[] x, int xOffset, float[] out, int outOffset) {
        for (int lane = 0; lane < ROWS; lane += 2 * LENGTH) {
            row(panel, lane, depth, x, xOffset, out, outOffset + lane);
        }
    }

    private static void row(float[] panel, int w, int depth, float[] x, int x0, float[] out, int o0) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector b = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        for (int k = 0; k < depth; k++) {
            FloatVector input = FloatVector.broadcast(FLOATS, x[x0 + k]);
            a = FloatVector.fromArray(FLOATS, panel, w + k * ROWS).fma(input, a);
            b = FloatVector.fromArray(FLOATS, panel, w + k * ROWS + LENGTH).fma(input, b);
        }
        a.intoArray(out, o0);
        b.intoArray(out, o0 + LENGTH);
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
        float[] lanes = new float[Lanes.COUNT];
        int whole = n - n % Lanes.COUNT;
        for (int lane = 0; lane < Lanes.COUNT; lane += LENGTH) {
            sumSquares(x, xOffset + lane, whole, lanes, lane);
        }
        for (int i = whole; i < n; i++) {
            lanes[i - whole] = fma(x[xOffset + i], x[xOffset + i], lanes[i - whole]);
        }
        float scale = PlainKernels.rmsScale(Lanes.sum(lanes), n, epsilon);
        int i = 0;
        for (; i + LENGTH <= n; i += LENGTH) {
            FloatVector.fromArray(FLOATS, x, xOffset + i).mul(scale).mul(FloatVector.fromArray(FLOATS, weight, i))
                    .intoArray(out, outOffset + i);
        }
        for (; i < n; i++) {
            out[outOffset + i] = x[xOffset + i] * scale * weight[i];
        }
    }

    private static void sumSquares(float[] x, int offset, int n, float[] lanes, int lane) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < n; i += Lanes.COUNT) {
            FloatVector value = FloatVector.fromArray(FLOATS, x, offset + i);
            sum = value.fma(value, sum);
        }
        sum.intoArray(lanes, lane);
    }

    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(Exponential.LOWEST).min(Exponential.HIGHEST);
        FloatVector n = clamped.fma(Exponential.LOG2_E, Exponential.ROUNDER).sub(Exponential.ROUNDER);
        FloatVector negative = n.neg();
        FloatVector r = negative.fma(FloatVector.broadcast(FLOATS, Exponential.LN2_HIGH), clamped);
        r = negative.fma(FloatVector.broadcast(FLOATS, Exponential.LN2_LOW), r);
        FloatVector p = r.fma(Exponential.C7, Exponential.C6);
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C5));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C4));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C3));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C2));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
        p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
        IntVector power = ((IntVector) n.convertShape(VectorOperators.F2I, INTS, 0)).add(127)
                .lanewise(VectorOperators.LSHL, 23);
        FloatVector result = p.mul(power.reinterpretAsFloats());
        return result.blend(0f, x.compare(VectorOperators.LT, Exponential.LOWEST));
    }

    @Override
    public void swiGlu(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
        int i = 0;
        for (; i + LENGTH <= n; i += LENGTH) {
            FloatVector g = FloatVector.fromArray(FLOATS, gate, gateOffset + i);
            g.div(exp(g.neg()).add(1f)).mul(FloatVector.fromArray(FLOATS, up, upOffset + i)).intoArray(gate,
                    gateOffset + i);
        }
        for (; i < n; i++) {
            float g = gate[gateOffset + i];
            gate[gateOffset + i] = g / (1f + Exponential.exp(-g)) * up[upOffset + i];
        }
    }

    @Override
    public void softmax(float[] x, int offset, int n, float scale) {
        float max = max(x, offset, n);
        float[] lanes = new float[Lanes.COUNT];
        int whole = n - n % Lanes.COUNT;
        for (int lane = 0; lane < Lanes.COUNT; lane += LENGTH) {
            exponentials(x, offset + lane, whole, max, scale, lanes, lane);
        }
        for (int i = whole; i < n; i++) {
            float e = Exponential.exp((x[offset + i] - max) * scale);
            x[offset + i] = e;
            lanes[i - whole] += e;
        }
        float factor = 1f / Lanes.sum(lanes);
        int i = 0;
        for (; i + LENGTH <= n; i += LENGTH) {
            FloatVector.fromArray(FLOATS, x, offset + i).mul(factor).intoArray(x, offset + i);
        }
        for (; i < n; i++) {
            x[offset + i] *= factor;
        }
    }

    private static float max(float[] x, int offset, int n) {
        FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + LENGTH <= n; i += LENGTH) {
            max = max.max(FloatVector.fromArray(FLOATS, x, offset + i));
        }
        float result = max.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            result = Math.max(result, x[offset + i]);
        }
        return result;
    }

    private static void exponentials(float[] x, int offset, int n, float max, float scale, float[] lanes, int lane) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < n; i += Lanes.COUNT) {
            FloatVector e = exp(FloatVector.fromArray(FLOATS, x, offset + i).sub(max).mul(scale));
            e.intoArray(x, offset + i);
            sum = sum.add(e);
        }
        sum.intoArray(lanes, lane);
    }

    @Override
    public void widen(short[] half, int halfOffset, int n, float[] out, int outOffset) {
        // C2 turns this loop into the machine's own conversion; the Vector API has none.
        for (int i = 0; i < n; i++) {
            out[outOffset + i] = Float.float16ToFloat(half[halfOffset + i]);
        }
    }

    @Override
    public void widenByLane(byte[] panel, int offset, int depth, float[] scales, float[] out) {
        for (int k = 0; k < depth; k += ROWS) {
            int rows = Math.min(ROWS, depth - k);
            for (int lane = 0; lane < ROWS; lane += WIDENED) {
                widenLanes(panel, offset + k * ROWS + lane, rows, scales, k + lane, out, k * ROWS + lane);
            }
        }
    }

    private static void widenLanes(byte[] panel, int from, int rows, float[] scales, int scale, float[] out, int to) {
        FloatVector a = FloatVector.fromArray(FLOATS, scales, scale);
        FloatVector b = FloatVector.fromArray(FLOATS, scales, scale + LENGTH);
        FloatVector c = FloatVector.fromArray(FLOATS, scales, scale + WIDENED - 2 * LENGTH);
        FloatVector d = FloatVector.fromArray(FLOATS, scales, scale + WIDENED - LENGTH);
        for (int k = 0; k < rows; k++) {
            widenRow(panel, from + k * ROWS, a, b, c, d, out, to + k * ROWS);
        }
    }

    @Override
    public void widenByRow(byte[] panel, int offset, int depth, float[] scales, float[] out) {
        for (int lane = 0; lane < ROWS; lane += WIDENED) {
            widenRows(panel, offset + lane, depth, scales, out, lane);
        }
    }

    private static void widenRows(byte[] panel, int from, int rows, float[] scales, float[] out, int to) {
        for (int k = 0; k < rows; k++) {
            FloatVector scale = FloatVector.broadcast(FLOATS, scales[k]);
            widenRow(panel, from + k * ROWS, scale, scale, scale, scale, out, to + k * ROWS);
        }
    }

    /** Two vectors of the widest, four of others: with fewer, the loop around them takes twice as long. */
    private static void widenRow(byte[] panel, int at, FloatVector a, FloatVector b, FloatVector c, FloatVector d,
            float[] out, int to) {
        if (LENGTH == BYTES.length()) {
            floats(panel, at, 0).mul(a).intoArray(out, to);
            floats(panel, at + LENGTH, 0).mul(b).intoArray(out, to + LENGTH);
            if (WIDENED > 2 * LENGTH) {
                floats(panel, at + 2 * LENGTH, 0).mul(c).intoArray(out, to + 2 * LENGTH);
                floats(panel, at + 3 * LENGTH, 0).mul(d).intoArray(out, to + 3 * LENGTH);
            }
        } else {
            floats(panel, at, 0).mul(a).intoArray(out, to);
            floats(panel, at, 1).mul(b).intoArray(out, to + LENGTH);
            floats(panel, at + 2 * LENGTH, 0).mul(c).intoArray(out, to + 2 * LENGTH);
            floats(panel, at + 2 * LENGTH, 1).mul(d).intoArray(out, to + 3 * LENGTH);
        }
    }

    /** {@return a part of a vector of bytes as floats} */
    private static FloatVector floats(byte[] panel, int at, int part) {
        return (FloatVector) ByteVector.fromArray(BYTES, panel, at).convertShape(VectorOperators.B2F, FLOATS, part);
    }

    @Override
    public void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        VectorLevelKernels.quantize(x, xOffset, target, row);
    }

    @Override
    public void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride) {
        VectorLevelKernels.levelProduct(tile, x, rows, out, outOffset, outStride);
    }
}
