package dev.cria.train.network;

import dev.cria.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * All weights of a model. Matrices that multiply the same input are kept as one: queries, keys and values, and gate and
 * up.
 *
 * @param embedding {@code [vocabulary][dim]}
 * @param layers the blocks
 * @param outputNorm last norm
 * @param output {@code [vocabulary][dim]}; the same object as {@code embedding} when tied
 */
public record Parameters(Parameter embedding, List<Layer> layers, Parameter outputNorm, Parameter output) {
    /** Standard deviation of initial weights, as GPT-2 and llama2.c have it. */
    private static final double DEVIATION = 0.02;

    /**
     * The weights of one block.
     *
     * @param attentionNorm norm before attention
     * @param wqkv queries, keys and values, {@code [queryLength + 2 kvLength][dim]}
     * @param wo output of attention, {@code [dim][queryLength]}
     * @param ffnNorm norm before the feed-forward network
     * @param gateUp gate and up, {@code [2 ffn][dim]}
     * @param down {@code [dim][ffn]}
     */
    public record Layer(Parameter attentionNorm, Parameter wqkv, Parameter wo, Parameter ffnNorm, Parameter gateUp,
            Parameter down) {
        Stream<Parameter> all() {
            return Stream.of(attentionNorm, wqkv, wo, ffnNorm, gateUp, down);
        }
    }

    /**
     * {@return new weights: norms 1, matrices normally distributed with deviation 0.02, those that write to the
     * residual stream smaller by the root of their number}
     *
     * @param config sizes
     * @param tied whether the output matrix is the embedding matrix
     * @param seed decides every weight
     */
    public static Parameters random(ModelConfig config, boolean tied, long seed) {
        int dim = config.embeddingLength();
        int ffn = config.feedForwardLength();
        Random random = new Random(seed);
        double residual = DEVIATION / Math.sqrt(2.0 * config.layers());
        Parameter embedding = matrix("embedding", config.vocabularySize(), dim, random, DEVIATION);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String prefix = "layer." + i + ".";
            layers.add(new Layer(norm(prefix + "attention_norm", dim),
                    matrix(prefix + "wqkv", config.queryLength() + 2 * config.kvLength(), dim, random, DEVIATION),
                    matrix(prefix + "wo", dim, config.queryLength(), random, residual),
                    norm(prefix + "ffn_norm", dim), matrix(prefix + "gate_up", 2 * ffn, dim, random, DEVIATION),
                    matrix(prefix + "down", dim, ffn, random, residual)));
        }
        return new Parameters(embedding, List.copyOf(layers), norm("output_norm", dim),
                tied ? embedding : matrix("output", config.vocabularySize(), dim, random, DEVIATION));
    }

    private static Parameter norm(String name, int length) {
        Parameter parameter = Parameter.norm(name, length);
        Arrays.fill(parameter.values(), 1f);
        return parameter;
    }

    private static Parameter matrix(String name, int rows, int columns, Random random, double deviation) {
        Parameter parameter = Parameter.matrix(name, rows, columns);
        float[] values = parameter.values();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return parameter;
    }

    /** {@return whether the output matrix is the embedding matrix} */
    public boolean tied() {
        return output == embedding;
    }

    /** {@return every parameter once, in a fixed order} */
    public List<Parameter> all() {
        Stream<Parameter> last = tied() ? Stream.of(outputNorm) : Stream.of(outputNorm, output);
        return Stream.of(Stream.of(embedding), layers.stream().flatMap(Layer::all), last).flatMap(s -> s).toList();
    }

    /** {@return the number of weights} */
    public long count() {
        return all().stream().mapToLong(parameter -> parameter.values().length).sum();
    }
}
