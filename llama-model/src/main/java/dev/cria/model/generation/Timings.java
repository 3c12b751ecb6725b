package dev.cria.model.generation;

import java.time.Duration;

/**
 * How long the model worked. Time that the consumer of a stream takes between two pieces does not count.
 *
 * @param promptTokens tokens of the prompt that were processed
 * @param reusedTokens tokens of the prompt whose keys and values were known from an earlier prompt, so that they were
 *        not processed again
 * @param promptDuration time for processing the prompt
 * @param generatedTokens tokens that were generated
 * @param generationDuration time for generating them
 * @param queued time for which the request waited for its turn, because the model had as many others as it computes at
 *        once
 * @param draftedTokens tokens that were guessed, by look-up or by a draft model, and checked
 * @param acceptedTokens how many of them came true, so that they needed no pass of their own
 */
public record Timings(int promptTokens, int reusedTokens, Duration promptDuration, int generatedTokens,
        Duration generationDuration, Duration queued, int draftedTokens, int acceptedTokens) {

    /** {@return prompt tokens processed per second, or 0 if no time passed} */
    public double promptTokensPerSecond() {
        return perSecond(promptTokens, promptDuration);
    }

    /** {@return tokens generated per second, or 0 if no time passed} */
    public double generatedTokensPerSecond() {
        return perSecond(generatedTokens, generationDuration);
    }

    private static double perSecond(int tokens, Duration duration) {
        return duration.isPositive() ? tokens / (duration.toNanos() / 1e9) : 0;
    }
}
