package dev.cria.model.generation;

import java.util.Map;

/**
 * What a model does at one moment, and has done since it was loaded. Generations count when they have ended, or when
 * their stream was closed.
 *
 * @param running requests that are being computed
 * @param queued requests that wait for their turn
 * @param finished how many generations ended for each reason
 * @param failed how many generations failed
 * @param promptTokens tokens of prompts that generations read
 * @param reusedTokens tokens of prompts that had been read before
 * @param generatedTokens tokens that were generated
 * @param draftedTokens tokens that were guessed and checked
 * @param acceptedTokens guessed tokens that came true
 * @param passes passes through the model
 * @param rows tokens of all passes: prompts, generated and guessed tokens, scores and embeddings
 * @param kvBytes memory of keys and values
 * @param prefixBytes the part of that which is kept for prompts to come, some of it in use by running requests as well
 * @param evictedPages pages of keys and values that were kept for prompts to come and given up for others
 * @param putBacks how often a request went back into the queue, because keys and values had used up their memory
 */
public record ModelStatistics(int running, int queued, Map<FinishReason, Long> finished, long failed, long promptTokens,
        long reusedTokens, long generatedTokens, long draftedTokens, long acceptedTokens, long passes, long rows,
        long kvBytes, long prefixBytes, long evictedPages, long putBacks) {
    /** Copies the map. */
    public ModelStatistics {
        finished = Map.copyOf(finished);
    }
}
