package dev.cria.model.weights;

import dev.cria.core.Matrix;
import java.util.List;

/**
 * The weights of a Llama model; shapes are {@code [outputs][inputs]}.
 *
 * @param embedding token embeddings, {@code [vocabulary][dim]}
 * @param layers the transformer blocks, first to last
 * @param outputNorm weights of the final RMSNorm, {@code [dim]}
 * @param output the output matrix, {@code [vocabulary][dim]}
 */
public record Weights(Matrix embedding, List<Layer> layers, float[] outputNorm, Matrix output) {
    /**
     * The weights of one block.
     *
     * @param attentionNorm weights of the RMSNorm before attention, {@code [dim]}
     * @param wq query matrix, {@code [heads * headLength][dim]}
     * @param wk key matrix, {@code [kvHeads * headLength][dim]}
     * @param wv value matrix, {@code [kvHeads * headLength][dim]}
     * @param wo attention output matrix, {@code [dim][heads * headLength]}
     * @param ffnNorm weights of the RMSNorm before the feed-forward network, {@code [dim]}
     * @param ffnGate gate matrix (w1), {@code [ffn][dim]}
     * @param ffnUp up matrix (w3), {@code [ffn][dim]}
     * @param ffnDown down matrix (w2), {@code [dim][ffn]}
     */
    public record Layer(float[] attentionNorm, Matrix wq, Matrix wk, Matrix wv, Matrix wo, float[] ffnNorm,
            Matrix ffnGate, Matrix ffnUp, Matrix ffnDown) {}
}
