package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.decoding.Scorer;
import dev.cria.model.transformer.ForwardPass;
import java.util.Arrays;
import java.util.function.Consumer;

/** Measures the perplexity of a text in chunks, as {@code llama-perplexity} does without a stride. */
final class PerplexityMeasurement {
    /** The shortest context of which a token after the first half has another before it in that half. */
    private static final int SHORTEST_CONTEXT = 3;

    private final int vocabularySize;
    private final int context;
    private double sum;
    private double sumOfSquares;
    private int scored;

    PerplexityMeasurement(ForwardPass forward, int context) {
        if (context < SHORTEST_CONTEXT) {
            throw new IllegalArgumentException("the context of a perplexity must be at least " + SHORTEST_CONTEXT
                    + " tokens, not " + context);
        }
        if (context > forward.contextLength()) {
            throw new IllegalArgumentException("a perplexity with a context of " + context
                    + " tokens was asked for, but the context of the model holds " + forward.contextLength());
        }
        this.vocabularySize = forward.vocabularySize();
        this.context = context;
    }

    /**
     * Measures the perplexity of the tokens, the first of each chunk replaced by BOS if the model wants one.
     *
     * @param listener hears of every chunk
     * @param model computes the scores of a chunk
     */
    Perplexity measure(int[] tokens, boolean addBos, int bos, PerplexityListener listener, Consumer<Scorer> model) {
        if (tokens.length < 2L * context) {
            throw new CriaException(
                    "at least " + 2L * context + " tokens are needed to measure perplexity with a context of "
                            + context + ", but the text has only " + tokens.length);
        }
        int chunks = tokens.length / context;
        for (int i = 0; i < chunks; i++) {
            int[] chunk = Arrays.copyOfRange(tokens, i * context, (i + 1) * context);
            if (addBos) {
                chunk[0] = bos;
            }
            // the first half only serves as what the model has read
            Scorer scorer = new Scorer(chunk, context / 2 + 1, vocabularySize);
            model.accept(scorer);
            for (double logProbability : scorer.logProbabilities()) {
                add(-logProbability);
            }
            listener.accept(soFar(tokens.length, i + 1), chunks);
        }
        return soFar(tokens.length, chunks);
    }

    private Perplexity soFar(int tokens, int chunks) {
        double mean = sum / scored;
        // of the mean; that of its exponential follows by the slope there
        double standardError = Math.sqrt(Math.max(0, sumOfSquares / scored - mean * mean) / (scored - 1));
        double perplexity = Math.exp(mean);
        return new Perplexity(perplexity, perplexity * standardError, tokens, scored, chunks);
    }

    private void add(double loss) {
        sum += loss;
        sumOfSquares += loss * loss;
        scored++;
    }
}
