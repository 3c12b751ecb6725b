package dev.cria.core.kernel;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The kernels in plain Java: the specification that the Vector API kernels must equal bit for bit. */
public final class PlainKernels implements Kernels {
    private static final int ROWS = Matrix.PANEL_ROWS;

    @Override
    public String name() {
        return "plain";
    }

    @Override
    public void panelProduct(MemorySegment panel, int depth, float[] x, int xOffset, int xStride, int tokens,
            float[] out, int outOffset, int outStride) {
        // from where they are: a copy for every call would be most of what a decode step allocates
        for (int t = 0; t < tokens; t++) {
            int o = outOffset + t * outStride;
            for (int k = 0; k < depth; k++) {
                float input = x[xOffset + t * xStride + k];
                for (int r = 0; r < ROWS; r++) {
                    float weight = panel.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) k * ROWS + r);
                    out[o + r] = Math.fma(weight, input, out[o + r]);
                }
            }
        }
    }

    @Override
    public void panelRow(float[] panel, int depth, float[] x, int xOffset, float[] out, int outOffset) {
        for (int k = 0; k < depth; k++) {
            float input = x[xOffset + k];
            int w = k * ROWS;
            for (int r = 0; r < ROWS; r++) {
                out[outOffset + r] = Math.fma(panel[w + r], input, out[outOffset + r]);
            }
        }
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
        float[] lanes = new float[Lanes.COUNT];
        for (int i = 0; i < n; i++) {
            float value = x[xOffset + i];
            lanes[i % Lanes.COUNT] = Math.fma(value, value, lanes[i % Lanes.COUNT]);
        }
        float scale = rmsScale(Lanes.sum(lanes), n, epsilon);
        for (int i = 0; i < n; i++) {
            out[outOffset + i] = x[xOffset + i] * scale * weight[i];
        }
    }

    static float rmsScale(float sumOfSquares, int n, float epsilon) {
        return (float) (1 / Math.sqrt((double) sumOfSquares / n + epsilon));
    }

    @Override
    public void swiGlu(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
        for (int i = 0; i < n; i++) {
            float g = gate[gateOffset + i];
            gate[gateOffset + i] = g / (1f + Exponential.exp(-g)) * up[upOffset + i];
        }
    }

    @Override
    public void softmax(float[] x, int offset, int n, float scale) {
        float max = x[offset];
        for (int i = 1; i < n; i++) {
            max = Math.max(max, x[offset + i]);
        }
        float[] lanes = new float[Lanes.COUNT];
        for (int i = 0; i < n; i++) {
            float e = Exponential.exp((x[offset + i] - max) * scale);
            x[offset + i] = e;
            lanes[i % Lanes.COUNT] += e;
        }
        float factor = 1f / Lanes.sum(lanes);
        for (int i = 0; i < n; i++) {
            x[offset + i] *= factor;
        }
    }

    @Override
    public void widen(short[] half, int halfOffset, int n, float[] out, int outOffset) {
        for (int i = 0; i < n; i++) {
            out[outOffset + i] = Float.float16ToFloat(half[halfOffset + i]);
        }
    }
}
