package dev.cria.model;

import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.LoraContent;
import dev.cria.model.weights.LoraFactors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Adapters with random matrices. */
public final class RandomAdapter {
    private RandomAdapter() {}

    /**
     * {@return an adapter for a part of the tensors of a model}
     *
     * @param config the model's sizes
     * @param seed what makes it another one
     * @param largestRank ranks are random up to this one
     * @param share how likely each tensor is to be among them, 0 to 1
     */
    public static LoraAdapter of(ModelConfig config, long seed, int largestRank, double share) {
        Random random = new Random(seed);
        Map<String, LoraFactors> factors = new LinkedHashMap<>();
        tensors(config).forEach((name, sizes) -> {
            if (random.nextDouble() < share) {
                factors.put(name, factors(random, 1 + random.nextInt(largestRank), sizes[0], sizes[1]));
            }
        });
        return LoraAdapter.of("random " + seed, factors);
    }

    /** {@return what such an adapter consists of} */
    public static LoraContent content(ModelConfig config, long seed, int largestRank, double share) {
        return of(config, seed, largestRank, share).content();
    }

    /** {@return the names of all tensors that adapters can change, with inputs and outputs} */
    private static Map<String, int[]> tensors(ModelConfig config) {
        int dim = config.embeddingLength();
        int ffn = config.feedForwardLength();
        Map<String, int[]> tensors = new LinkedHashMap<>();
        tensors.put("token_embd.weight", new int[]{config.vocabularySize(), dim});
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "blk." + layer + ".";
            tensors.put(block + "attn_q.weight", new int[]{dim, config.queryLength()});
            tensors.put(block + "attn_k.weight", new int[]{dim, config.kvLength()});
            tensors.put(block + "attn_v.weight", new int[]{dim, config.kvLength()});
            tensors.put(block + "attn_output.weight", new int[]{config.queryLength(), dim});
            tensors.put(block + "ffn_gate.weight", new int[]{dim, ffn});
            tensors.put(block + "ffn_up.weight", new int[]{dim, ffn});
            tensors.put(block + "ffn_down.weight", new int[]{ffn, dim});
        }
        tensors.put("output.weight", new int[]{dim, config.vocabularySize()});
        return tensors;
    }

    static LoraFactors factors(Random random, int rank, int inputs, int outputs) {
        float[] a = new float[rank * inputs];
        float[] b = new float[outputs * rank];
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) random.nextGaussian() * 0.1f;
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = (float) random.nextGaussian() * 0.1f;
        }
        return new LoraFactors(rank, inputs, outputs, 0.5 + random.nextDouble(), a, b);
    }
}
