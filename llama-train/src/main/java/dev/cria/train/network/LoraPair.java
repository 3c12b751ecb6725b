package dev.cria.train.network;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;

/**
 * The change of one matrix with its gradient: {@code y += B (scale * A x)}. What is between A and B is kept from the
 * forward for the backward pass, in space that the matrices of the same kind share from layer to layer.
 */
final class LoraPair {
    private final PackedWeight a;
    private final PackedWeight b;
    private final int rank;
    private final float scale;
    private final Between between;

    /**
     * Space for what is between A and B, {@code [tokens][rank]}.
     *
     * @param low the products with A, scaled
     * @param dLow gradient of the products with A
     */
    record Between(float[] low, float[] dLow) {
        static Between of(int tokens, int rank) {
            return new Between(new float[tokens * rank], new float[tokens * rank]);
        }
    }

    LoraPair(AdapterParameters.Pair pair, Between between, Kernels kernels, GradientKernels gradients) {
        a = new PackedWeight(pair.a(), kernels, gradients);
        b = new PackedWeight(pair.b(), kernels, gradients);
        rank = pair.rank();
        scale = (float) pair.scale();
        this.between = between;
    }

    void pack(WorkerTeam team) {
        a.pack(team);
        b.pack(team);
    }

    /** The product with A, for some rows. */
    void lower(float[] x, int xStride, int first, int tokens, PackedWeight.Scratch scratch) {
        a.forward(x, first * xStride, xStride, tokens, between.low, first * rank, rank, scratch);
        scale(between.low, first * rank, tokens * rank);
    }

    /** Adds the product with B. */
    void raise(float[] out, int outStride, int first, int tokens, PackedWeight.Scratch scratch) {
        b.forwardAdd(between.low, first * rank, rank, tokens, out, first * outStride, outStride, scratch);
    }

    /** The gradient of what is between A and B. */
    void backward(float[] dOut, int dOutOffset, int dOutStride, int first, int tokens, PackedWeight.Scratch scratch) {
        b.backward(dOut, dOutOffset + first * dOutStride, dOutStride, tokens, between.dLow, first * rank, rank,
                scratch);
        scale(between.dLow, first * rank, tokens * rank);
    }

    /** Adds the gradient of the inputs, after {@link #backward}. */
    void backwardAdd(float[] dX, int dXStride, int first, int tokens, PackedWeight.Scratch scratch) {
        a.backwardAdd(between.dLow, first * rank, rank, tokens, dX, first * dXStride, dXStride, scratch);
    }

    private void scale(float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            values[i] *= scale;
        }
    }

    /** {@return the number of tiles of the gradients of A and B} */
    int tiles() {
        return a.tiles() + b.tiles();
    }

    /** Adds one tile of the gradients of A and B, after {@link #backward}. */
    void gradientTile(int tile, float[] dOut, int dOutOffset, int dOutStride, float[] x, int xStride, int tokens,
            PackedWeight.Scratch scratch) {
        if (tile < a.tiles()) {
            a.gradientTile(tile, between.dLow, 0, rank, x, xStride, tokens, scratch);
        } else {
            b.gradientTile(tile - a.tiles(), dOut, dOutOffset, dOutStride, between.low, rank, tokens, scratch);
        }
    }
}
