package dev.cria.train;

import dev.cria.model.lora.LoraModule;
import dev.cria.model.weights.LoraFactors;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How an adapter is trained. Every value has a default; start from {@link #defaults()} and change what you need.
 *
 * @param rank rows of A and columns of B (Hu et al. 2021), from 1 to {@value LoraFactors#LARGEST_RANK}
 * @param alpha the change is multiplied with alpha / rank, which must be above 0 as a float
 * @param targets the matrices that are changed, in every layer: GGUF's names attn_q, attn_k, attn_v, attn_output,
 *        ffn_gate, ffn_up, ffn_down, and output and token_embd outside of layers; Hugging Face's names (q_proj, ...)
 *        are taken too and become GGUF's. At least one
 * @param training steps, batches and learning rate; {@link TrainingSettings#tied} says nothing about an adapter and
 *     keeps its default
 */
public record LoraSettings(int rank, double alpha, SequencedSet<String> targets, TrainingSettings training) {
    /**
     * Checks the values and brings the names of the targets into one form and order.
     *
     * @throws IllegalArgumentException naming the value that is out of range or the target that does not exist
     */
    public LoraSettings {
        if (rank < 1 || rank > LoraFactors.LARGEST_RANK) {
            throw new IllegalArgumentException("a rank is 1 to " + LoraFactors.LARGEST_RANK + ", not " + rank);
        }
        float scale = (float) (alpha / rank);
        if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "alpha must be above 0 and alpha / rank a float, not " + alpha + " with rank " + rank);
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("an adapter changes at least one matrix, but there is no target");
        }
        if (!training.tied()) {
            throw new IllegalArgumentException("tied says nothing about an adapter and must keep its default");
        }
        targets = Collections.unmodifiableSequencedSet(names(modules(targets)));
    }

    /**
     * {@return rank 8, alpha 16, all seven matrices of each layer; 100 steps of 1,024 tokens, learning rate 2e-4 to
     * 2e-5 after 10 steps of warm-up, betas 0.9 and 0.95, no weight decay, clip 1}
     */
    public static LoraSettings defaults() {
        Set<LoraModule> layers = EnumSet.allOf(LoraModule.class);
        layers.removeIf(module -> !module.isInLayers());
        return new LoraSettings(8, 16, names(layers), TrainingSettings.defaults().withSteps(100).withBatch(1024, 1)
                .withLearningRate(2e-4, 2e-5, 10).withWeightDecay(0));
    }

    /**
     * {@return these settings with another rank and alpha}
     *
     * @param newRank rank, at least 1
     * @param newAlpha alpha, above 0
     */
    public LoraSettings withRank(int newRank, double newAlpha) {
        return new LoraSettings(newRank, newAlpha, targets, training);
    }

    /**
     * {@return these settings with other matrices to change}
     *
     * @param names GGUF's or Hugging Face's names, at least one
     * @throws IllegalArgumentException if there is no matrix of a name; the message lists the names
     */
    public LoraSettings withTargets(String... names) {
        return new LoraSettings(rank, alpha, new LinkedHashSet<>(Arrays.asList(names)), training);
    }

    /**
     * {@return these settings with another course of training}
     *
     * @param value steps, batches and learning rate
     */
    public LoraSettings withTraining(TrainingSettings value) {
        return new LoraSettings(rank, alpha, targets, value);
    }

    /** {@return the matrices} */
    Set<LoraModule> modules() {
        return modules(targets);
    }

    private static Set<LoraModule> modules(Set<String> names) {
        return names.stream().map(LoraModule::named)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(LoraModule.class)));
    }

    private static SequencedSet<String> names(Set<LoraModule> modules) {
        return modules.stream().map(LoraModule::ggufName).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
