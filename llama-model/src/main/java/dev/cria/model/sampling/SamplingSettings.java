package dev.cria.model.sampling;

import java.util.List;
import java.util.Map;

/**
 * The options of a choice. Their meaning is that of the steps they make.
 *
 * @param temperature of {@link Temperature}
 * @param topK of {@link TopK}
 * @param topP of {@link TopP}
 * @param minP of {@link MinP}
 * @param typicalP of {@link Typical}
 * @param repeatPenalty of {@link RepetitionPenalty}
 * @param frequencyPenalty of {@link FrequencyPresencePenalty}
 * @param presencePenalty of {@link FrequencyPresencePenalty}
 * @param penaltyWindow how many tokens the penalties look back
 * @param logitBias of {@link LogitBias}
 */
public record SamplingSettings(double temperature, int topK, double topP, double minP, double typicalP,
        double repeatPenalty, double frequencyPenalty, double presencePenalty, int penaltyWindow,
        Map<Integer, Double> logitBias) {
    /** Copies the biases. */
    public SamplingSettings {
        logitBias = Map.copyOf(logitBias);
    }

    /** {@return how many tokens have to be remembered: none where there is no penalty} */
    public int rememberedTokens() {
        boolean penalties = repeatPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0;
        return penalties ? penaltyWindow : 0;
    }

    /**
     * {@return the steps, in the order in which they are applied: as in Meta's reference, the temperature comes before
     * top-p}
     *
     * @param recent the tokens that the penalties count
     */
    public List<SamplingStep> chain(RecentTokens recent) {
        return List.of(new LogitBias(logitBias), new RepetitionPenalty(repeatPenalty, recent),
                new FrequencyPresencePenalty(frequencyPenalty, presencePenalty, recent), new Temperature(temperature),
                new TopK(topK), new Typical(typicalP), new TopP(topP), new MinP(minP));
    }
}
