package dev.cria.core.kernel;

import static dev.cria.core.Fma.fma;

import dev.cria.core.GradientKernels;
import dev.cria.core.Matrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The gradients in the Vector API: every lane does what the plain code does for its element, in the same order. */
public final class VectorGradientKernels implements GradientKernels {
    private static final int ROWS = Matrix.PANEL_ROWS;
    private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
    private static final int LENGTH = FLOATS.length();

    @Override
    public void outerProduct(float[] left, int rows, float[] panel, int depth, float[] out, int outOffset,
            int outStride) {
        for (int lane = 0; lane < ROWS; lane += 2 * LENGTH) {
            int row = 0;
            for (; row + 6 <= rows; row += 6) {
                six(left, row, panel, lane, depth, out, outOffset + row * outStride + lane, outStride);
            }
            for (; row < rows; row++) {
                one(left, row, panel, lane, depth, out, outOffset + row * outStride + lane);
            }
        }
    }

    /** Two vectors of the panel times six factors, as in {@link VectorKernels}. */
    private static void six(float[] left, int row, float[] panel, int lane, int depth, float[] out, int o0,
            int outStride) {
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
        for (int k = 0; k < depth; k++) {
            FloatVector wa = FloatVector.fromArray(FLOATS, panel, lane + k * ROWS);
            FloatVector wb = FloatVector.fromArray(FLOATS, panel, lane + k * ROWS + LENGTH);
            FloatVector factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS]);
            a0 = wa.fma(factor, a0);
            b0 = wb.fma(factor, b0);
            factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS + 1]);
            a1 = wa.fma(factor, a1);
            b1 = wb.fma(factor, b1);
            factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS + 2]);
            a2 = wa.fma(factor, a2);
            b2 = wb.fma(factor, b2);
            factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS + 3]);
            a3 = wa.fma(factor, a3);
            b3 = wb.fma(factor, b3);
            factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS + 4]);
            a4 = wa.fma(factor, a4);
            b4 = wb.fma(factor, b4);
            factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS + 5]);
            a5 = wa.fma(factor, a5);
            b5 = wb.fma(factor, b5);
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

    private static void one(float[] left, int row, float[] panel, int lane, int depth, float[] out, int o) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, o);
        FloatVector b = FloatVector.fromArray(FLOATS, out, o + LENGTH);
        for (int k = 0; k < depth; k++) {
            FloatVector factor = FloatVector.broadcast(FLOATS, left[row + k * OUTER_ROWS]);
            a = FloatVector.fromArray(FLOATS, panel, lane + k * ROWS).fma(factor, a);
            b = FloatVector.fromArray(FLOATS, panel, lane + k * ROWS + LENGTH).fma(factor, b);
        }
        a.intoArray(out, o);
        b.intoArray(out, o + LENGTH);
    }

    @Override
    public void rmsNormGradient(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] dOut,
            int dOutOffset, float[] dX, int dXOffset, float[] dWeight, int dWeightOffset) {
        float[] squares = new float[Lanes.COUNT];
        float[] products = new float[Lanes.COUNT];
        int whole = n - n % Lanes.COUNT;
        for (int lane = 0; lane < Lanes.COUNT; lane += LENGTH) {
            sums(x, xOffset + lane, weight, dOut, dOutOffset + lane, whole, squares, products, lane);
        }
        for (int i = whole; i < n; i++) {
            float value = x[xOffset + i];
            squares[i - whole] = fma(value, value, squares[i - whole]);
            products[i - whole] = fma(dOut[dOutOffset + i] * weight[i], value, products[i - whole]);
        }
        float scale = PlainKernels.rmsScale(Lanes.sum(squares), n, epsilon);
        float back = PlainGradientKernels.backFactor(Lanes.sum(products), scale, n);
        int i = 0;
        for (; i + LENGTH <= n; i += LENGTH) {
            FloatVector value = FloatVector.fromArray(FLOATS, x, xOffset + i);
            FloatVector d = FloatVector.fromArray(FLOATS, dOut, dOutOffset + i);
            d.fma(value.mul(scale), FloatVector.fromArray(FLOATS, dWeight, dWeightOffset + i)).intoArray(dWeight,
                    dWeightOffset + i);
            FloatVector change = d.mul(FloatVector.fromArray(FLOATS, weight, i))
                    .fma(FloatVector.broadcast(FLOATS, scale), value.mul(back));
            FloatVector.fromArray(FLOATS, dX, dXOffset + i).add(change).intoArray(dX, dXOffset + i);
        }
        for (; i < n; i++) {
            float value = x[xOffset + i];
            float d = dOut[dOutOffset + i];
            dWeight[dWeightOffset + i] = fma(d, value * scale, dWeight[dWeightOffset + i]);
            dX[dXOffset + i] += fma(d * weight[i], scale, value * back);
        }
    }

    private static void sums(float[] x, int xOffset, float[] weight, float[] dOut, int dOutOffset, int n,
            float[] squares, float[] products, int lane) {
        FloatVector square = FloatVector.zero(FLOATS);
        FloatVector product = FloatVector.zero(FLOATS);
        for (int i = 0; i < n; i += Lanes.COUNT) {
            FloatVector value = FloatVector.fromArray(FLOATS, x, xOffset + i);
            square = value.fma(value, square);
            product = FloatVector.fromArray(FLOATS, dOut, dOutOffset + i)
                    .mul(FloatVector.fromArray(FLOATS, weight, lane + i)).fma(value, product);
        }
        square.intoArray(squares, lane);
        product.intoArray(products, lane);
    }

    @Override
    public void swiGluGradient(float[] gate, int gateOffset, float[] up, int upOffset, float[] dOut, int dOutOffset,
            int n) {
        FloatVector one = FloatVector.broadcast(FLOATS, 1f);
        int i = 0;
        for (; i + LENGTH <= n; i += LENGTH) {
            FloatVector g = FloatVector.fromArray(FLOATS, gate, gateOffset + i);
            FloatVector d = FloatVector.fromArray(FLOATS, dOut, dOutOffset + i);
            FloatVector sigmoid = one.div(VectorKernels.exp(g.neg()).add(1f));
            FloatVector silu = g.mul(sigmoid);
            d.mul(FloatVector.fromArray(FLOATS, up, upOffset + i)).mul(silu.fma(one.sub(sigmoid), sigmoid))
                    .intoArray(gate, gateOffset + i);
            d.mul(silu).intoArray(up, upOffset + i);
        }
        PlainGradientKernels.swiGluGradient(gate, gateOffset, up, upOffset, dOut, dOutOffset, i, n);
    }

    @Override
    public void columnSoftmax(float[] panel, int depth, float scale) {
        for (int lane = 0; lane < ROWS; lane += LENGTH) {
            softmaxLanes(panel, lane, depth, scale);
        }
    }

    private static void softmaxLanes(float[] panel, int lane, int depth, float scale) {
        FloatVector max = FloatVector.fromArray(FLOATS, panel, lane);
        for (int k = 1; k < depth; k++) {
            max = max.max(FloatVector.fromArray(FLOATS, panel, lane + k * ROWS));
        }
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int k = 0; k < depth; k++) {
            FloatVector e = VectorKernels
                    .exp(FloatVector.fromArray(FLOATS, panel, lane + k * ROWS).sub(max).mul(scale));
            e.intoArray(panel, lane + k * ROWS);
            sum = sum.add(e);
        }
        FloatVector factor = FloatVector.broadcast(FLOATS, 1f).div(sum);
        for (int k = 0; k < depth; k++) {
            FloatVector.fromArray(FLOATS, panel, lane + k * ROWS).mul(factor).intoArray(panel, lane + k * ROWS);
        }
    }

    @Override
    public void columnSoftmaxGradient(float[] probabilities, float[] gradient, int depth, float scale) {
        for (int lane = 0; lane < ROWS; lane += LENGTH) {
            gradientLanes(probabilities, gradient, lane, depth, scale);
        }
    }

    private static void gradientLanes(float[] probabilities, float[] gradient, int lane, int depth, float scale) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int k = 0; k < depth; k++) {
            sum = FloatVector.fromArray(FLOATS, probabilities, lane + k * ROWS)
                    .fma(FloatVector.fromArray(FLOATS, gradient, lane + k * ROWS), sum);
        }
        for (int k = 0; k < depth; k++) {
            int at = lane + k * ROWS;
            FloatVector.fromArray(FLOATS, probabilities, at).mul(scale)
                    .mul(FloatVector.fromArray(FLOATS, gradient, at).sub(sum)).intoArray(gradient, at);
        }
    }
}
