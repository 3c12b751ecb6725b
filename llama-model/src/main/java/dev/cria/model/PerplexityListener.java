package dev.cria.model;

/** Learns how far the measurement of a perplexity has come. */
@FunctionalInterface
public interface PerplexityListener {
    /**
     * Takes the result so far, after a chunk.
     *
     * @param soFar the perplexity of the chunks that are done
     * @param chunks how many chunks there are in all
     */
    void accept(Perplexity soFar, int chunks);
}
