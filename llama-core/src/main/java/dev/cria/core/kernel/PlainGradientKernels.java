package dev.cria.core.kernel;

import static dev.cria.core.Fma.fma;

import dev.cria.core.GradientKernels;
import dev.cria.core.Matrix;

/** The gradients in plain Java: the specification of the vector code. */
public final class PlainGradientKernels implements GradientKernels {
    private static final int ROWS = Matrix.PANEL_ROWS;

    @Override
    public void outerProduct(float[] left, int rows, float[] panel, int depth, float[] out, int outOffset,
            int outStride) {
        for (int i = 0; i < rows; i++) {
            int o = outOffset + i * outStride;
            for (int k = 0; k < depth; k++) {
                float factor = left[k * OUTER_ROWS + i];
                for (int lane = 0; lane < ROWS; lane++) {
                    out[o + lane] = fma(panel[k * ROWS + lane], factor, out[o + lane]);
                }
            }
        }
    }

    @Override
    public void rmsNormGradient(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] dOut,
            int dOutOffset, float[] dX, int dXOffset, float[] dWeight, int dWeightOffset) {
        float[] squares = new float[Lanes.COUNT];
        float[] products = new float[Lanes.COUNT];
        for (int i = 0; i < n; i++) {
            int lane = i % Lanes.COUNT;
            float value = x[xOffset + i];
            squares[lane] = fma(value, value, squares[lane]);
            products[lane] = fma(dOut[dOutOffset + i] * weight[i], value, products[lane]);
        }
        float scale = PlainKernels.rmsScale(Lanes.sum(squares), n, epsilon);
        float back = backFactor(Lanes.sum(products), scale, n);
        for (int i = 0; i < n; i++) {
            float value = x[xOffset + i];
            float d = dOut[dOutOffset + i];
            dWeight[dWeightOffset + i] = fma(d, value * scale, dWeight[dWeightOffset + i]);
            dX[dXOffset + i] += fma(d * weight[i], scale, value * back);
        }
    }

    /** The factor of x in the gradient: the change of the scale, {@code -scale^3 / n * sum(dOut weight x)}. */
    static float backFactor(float sum, float scale, int n) {
        return -scale * scale * scale * sum / n;
    }

    @Override
    public void swiGluGradient(float[] gate, int gateOffset, float[] up, int upOffset, float[] dOut, int dOutOffset,
            int n) {
        swiGluGradient(gate, gateOffset, up, upOffset, dOut, dOutOffset, 0, n);
    }

    static void swiGluGradient(float[] gate, int gateOffset, float[] up, int upOffset, float[] dOut, int dOutOffset,
            int from, int n) {
        for (int i = from; i < n; i++) {
            float g = gate[gateOffset + i];
            float d = dOut[dOutOffset + i];
            float sigmoid = 1f / (1f + Exponential.exp(-g));
            float silu = g * sigmoid;
            gate[gateOffset + i] = d * up[upOffset + i] * fma(silu, 1f - sigmoid, sigmoid);
            up[upOffset + i] = d * silu;
        }
    }

    @Override
    public void columnSoftmax(float[] panel, int depth, float scale) {
        for (int lane = 0; lane < ROWS; lane++) {
            float max = panel[lane];
            for (int k = 1; k < depth; k++) {
                max = Math.max(max, panel[k * ROWS + lane]);
            }
            float sum = 0;
            for (int k = 0; k < depth; k++) {
                float e = Exponential.exp((panel[k * ROWS + lane] - max) * scale);
                panel[k * ROWS + lane] = e;
                sum += e;
            }
            float factor = 1f / sum;
            for (int k = 0; k < depth; k++) {
                panel[k * ROWS + lane] *= factor;
            }
        }
    }

    @Override
    public void columnSoftmaxGradient(float[] probabilities, float[] gradient, int depth, float scale) {
        for (int lane = 0; lane < ROWS; lane++) {
            float sum = 0;
            for (int k = 0; k < depth; k++) {
                sum = fma(probabilities[k * ROWS + lane], gradient[k * ROWS + lane], sum);
            }
            for (int k = 0; k < depth; k++) {
                int at = k * ROWS + lane;
                gradient[at] = probabilities[at] * scale * (gradient[at] - sum);
            }
        }
    }
}
