package dev.cria.core;

import dev.cria.core.kernel.KernelChoice;

/**
 * The primitives that training needs beyond {@link Kernels}. As there, the plain and the Vector API implementation give
 * the same results to the last bit, and both are stateless and thread-safe.
 */
public interface GradientKernels {
    /**
     * Distance between the rows of the left factor of {@link #outerProduct}: a constant, so that bounds are checked
     * once a call.
     */
    int OUTER_ROWS = 96;

    /**
     * Adds a sum of outer products: {@code out[i][l] = fma(left[k][i], panel[k][l], out[i][l])} for k rising, which is
     * the gradient of a weight matrix when k counts tokens.
     *
     * @param left left factors, {@code [depth][OUTER_ROWS]}
     * @param rows rows of outputs, at most {@link #OUTER_ROWS}
     * @param panel right factors, {@code [depth][PANEL_ROWS]}
     * @param depth number of outer products
     * @param out sums, {@code [rows][PANEL_ROWS]} at a stride
     * @param outOffset index of the first sum
     * @param outStride distance between the rows of sums
     */
    void outerProduct(float[] left, int rows, float[] panel, int depth, float[] out, int outOffset, int outStride);

    /**
     * The gradients of {@link Kernels#rmsNorm}, added to what is there.
     *
     * @param x inputs
     * @param xOffset index of the first input
     * @param weight one factor per element
     * @param n number of elements
     * @param epsilon added to the mean of the squares
     * @param dOut gradient of the outputs
     * @param dOutOffset index of its first element
     * @param dX receives the gradient of the inputs, on top of what is there
     * @param dXOffset index of its first element
     * @param dWeight receives the gradient of the weights, on top of what is there
     * @param dWeightOffset index of its first element
     */
    void rmsNormGradient(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] dOut, int dOutOffset,
            float[] dX, int dXOffset, float[] dWeight, int dWeightOffset);

    /**
     * The gradients of {@link Kernels#swiGlu}.
     *
     * @param gate gate before the activation, overwritten by its gradient
     * @param gateOffset index of its first element
     * @param up values, overwritten by their gradient
     * @param upOffset index of the first value
     * @param dOut gradient of the outputs
     * @param dOutOffset index of its first element
     * @param n number of elements
     */
    void swiGluGradient(float[] gate, int gateOffset, float[] up, int upOffset, float[] dOut, int dOutOffset, int n);

    /**
     * The softmax of every column of a panel: {@code exp(scale * (x[k][l] - max over k))} divided by the column's sum.
     *
     * @param panel scores, {@code [depth][PANEL_ROWS]}, overwritten by probabilities
     * @param depth number of rows, at least 1
     * @param scale factor of the scores, above 0
     */
    void columnSoftmax(float[] panel, int depth, float scale);

    /**
     * The gradient of {@link #columnSoftmax}: {@code scale * p[k][l] * (d[k][l] - sum over k of p d)}.
     *
     * @param probabilities outputs of the softmax, {@code [depth][PANEL_ROWS]}
     * @param gradient gradient of the outputs, overwritten by the gradient of the scores
     * @param depth number of rows
     * @param scale factor of the scores
     */
    void columnSoftmaxGradient(float[] probabilities, float[] gradient, int depth, float scale);

    /** {@return the fastest implementation that this JVM can run, chosen as {@link Kernels#best} is} */
    static GradientKernels best() {
        return KernelChoice.bestGradients();
    }

    /** {@return the plain Java implementation: the specification, slower, the same results} */
    static GradientKernels plain() {
        return KernelChoice.plainGradients();
    }
}
