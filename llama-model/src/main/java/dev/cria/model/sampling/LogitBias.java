package dev.cria.model.sampling;

import java.util.Arrays;
import java.util.Map;

/** Adds a number to the logits of some tokens. Minus infinity forbids a token. */
public final class LogitBias implements SamplingStep {
    private final int[] tokens;
    private final double[] biases;

    /**
     * Makes the step.
     *
     * @param biases what to add, by token id
     */
    public LogitBias(Map<Integer, Double> biases) {
        tokens = biases.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
        this.biases = Arrays.stream(tokens).mapToDouble(biases::get).toArray();
    }

    @Override
    public void apply(Candidates candidates) {
        if (tokens.length == 0) {
            return;
        }
        for (int index = 0; index < candidates.size(); index++) {
            int place = Arrays.binarySearch(tokens, candidates.id(index));
            if (place >= 0) {
                candidates.setLogit(index, candidates.logit(index) + biases[place]);
            }
        }
        candidates.keepFrom(Double.NEGATIVE_INFINITY);
    }
}
