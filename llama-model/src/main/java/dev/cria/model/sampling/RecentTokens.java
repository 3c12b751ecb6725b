package dev.cria.model.sampling;

import dev.cria.model.generation.GenerationOptions;

/** The last tokens of a sequence and how often each occurs among them. Not thread-safe. */
public final class RecentTokens {
    private final int[] window;
    private final int[] counts;
    private int next;
    private int size;

    /**
     * Makes an empty window.
     *
     * @param length how many tokens to remember, 0 or more
     * @param vocabularySize the number of tokens of the vocabulary
     */
    public RecentTokens(int length, int vocabularySize) {
        window = new int[length];
        counts = new int[length == 0 ? 0 : vocabularySize];
    }

    /**
     * {@return an empty window of the length that the penalties look back}
     *
     * @param options the penalties
     * @param vocabularySize the number of tokens of the vocabulary
     */
    public static RecentTokens of(GenerationOptions options, int vocabularySize) {
        return new RecentTokens(options.hasPenalties() ? options.penaltyWindow() : 0, vocabularySize);
    }

    /**
     * Appends a token and forgets the oldest one where the window is full.
     *
     * @param token token id
     */
    public void add(int token) {
        if (window.length == 0) {
            return;
        }
        if (size == window.length) {
            counts[window[next]]--;
        } else {
            size++;
        }
        window[next] = token;
        counts[token]++;
        next = (next + 1) % window.length;
    }

    /**
     * {@return how often the token occurs in the window}
     *
     * @param token token id
     */
    public int count(int token) {
        return window.length == 0 ? 0 : counts[token];
    }
}
