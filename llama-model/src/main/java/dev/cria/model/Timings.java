package dev.cria.model;

import java.time.Duration;

/**
 * How long the model worked. Time that the consumer of a stream takes between two pieces does not count.
 *
 * @param promptTokens tokens of the prompt that were processed
 * @param reusedTokens tokens of the prompt whose keys and values were still in the cache of a chat, so that they were
 *        not processed again
 * @param promptDuration time for processing the prompt
 * @param generatedTokens tokens that were generated
 * @param generationDuration time for generating them
 */
public record Timings(int promptTokens, int reusedTokens, Duration promptDuration, int generatedTokens,
        Duration generationDuration) {

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
