package dev.cria.train.network;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;

/**
 * The change of the token embeddings with its gradient: a token's column of A is looked up, scaled and multiplied with
 * B.
 */
final class LoraEmbedding {
    private final Parameter a;
    private final PackedWeight b;
    private final int rank;
    private final float scale;
    private final LoraPair.Between between;

    LoraEmbedding(AdapterParameters.Pair pair, LoraPair.Between between, Kernels kernels, GradientKernels gradients) {
        a = pair.a();
        b = new PackedWeight(pair.b(), kernels, gradients);
        rank = pair.rank();
        scale = (float) pair.scale();
        this.between = between;
    }

    void pack(WorkerTeam team) {
        b.pack(team);
    }

    /** Adds the changes of some rows. */
    void add(TokenBatch batch, float[] out, int outStride, int first, int tokens, PackedWeight.Scratch scratch) {
        for (int t = first; t < first + tokens; t++) {
            for (int r = 0; r < rank; r++) {
                between.low()[t * rank + r] = scale * a.values()[r * a.columns() + batch.token(t)];
            }
        }
        b.forwardAdd(between.low(), first * rank, rank, tokens, out, first * outStride, outStride, scratch);
    }

    /** The gradient of the columns of A, for some rows. */
    void backward(float[] dOut, int dOutStride, int first, int tokens, PackedWeight.Scratch scratch) {
        b.backward(dOut, first * dOutStride, dOutStride, tokens, between.dLow(), first * rank, rank, scratch);
    }

    int tiles() {
        return b.tiles();
    }

    /** Adds one tile of the gradient of B. */
    void gradientTile(int tile, float[] dOut, int dOutStride, int tokens, PackedWeight.Scratch scratch) {
        b.gradientTile(tile, dOut, 0, dOutStride, between.low(), rank, tokens, scratch);
    }

    /** Adds the gradient of A, after {@link #backward} for all rows, tokens in rising order. */
    void addGradientOfA(TokenBatch batch) {
        for (int t = 0; t < batch.size(); t++) {
            for (int r = 0; r < rank; r++) {
                a.gradient()[r * a.columns() + batch.token(t)] += scale * between.dLow()[t * rank + r];
            }
        }
    }
}
