package dev.cria.model;

import java.util.List;

/**
 * How probable a text is to the model.
 *
 * @param tokens ids of the tokens, BOS included
 * @param logProbabilities natural logarithm of the probability of each token after the first, given those before it
 */
public record Score(List<Integer> tokens, List<Double> logProbabilities) {
    /** Copies the lists. */
    public Score {
        tokens = List.copyOf(tokens);
        logProbabilities = List.copyOf(logProbabilities);
    }

    /** {@return e to the mean negative log-probability: 1 for certainty; not a number if there is only one token} */
    public double perplexity() {
        double sum = 0;
        for (double logProbability : logProbabilities) {
            sum += logProbability;
        }
        return Math.exp(-sum / logProbabilities.size());
    }
}
