package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.sampling.LogProbabilities;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.LoraSet;
import java.util.Arrays;

/** Measures the perplexity of a text in chunks, as {@code llama-perplexity} does without a stride. */
final class PerplexityMeasurement {
    /** The shortest context of which a token after the first half has another before it in that half. */
    private static final int SHORTEST_CONTEXT = 3;
    /** Rows whose logits are wanted at a time: enough to multiply at full speed, 33 MB of logits for 32000 tokens. */
    private static final int ROWS = 258;

    private final ForwardPass forward;
    private final LoraSet adapters;
    private final int context;
    private final int most;
    private final float[] rows;
    private final Batch batch;
    private double sum;
    private double sumOfSquares;
    private int scored;

    PerplexityMeasurement(ForwardPass forward, LoraSet adapters, int context) {
        if (context < SHORTEST_CONTEXT) {
            throw new IllegalArgumentException("the context of a perplexity must be at least " + SHORTEST_CONTEXT
                    + " tokens, not " + context);
        }
        if (context > forward.contextLength()) {
            throw new IllegalArgumentException("a perplexity with a context of " + context
                    + " tokens was asked for, but the context of the model holds " + forward.contextLength());
        }
        this.forward = forward;
        this.adapters = adapters;
        this.context = context;
        most = Math.min(Math.min(ROWS, forward.maximumRows()), Integer.MAX_VALUE / forward.vocabularySize());
        batch = new Batch(Math.min(most, context));
        rows = new float[Math.min(most, context) * forward.vocabularySize()];
    }

    /** Measures the perplexity of the tokens, the first of each chunk replaced by BOS if the model wants one. */
    Perplexity measure(int[] tokens, boolean addBos, int bos, PerplexityListener listener) {
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
            score(chunk);
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

    private void score(int[] chunk) {
        KvCache cache = forward.newCache();
        int first = context / 2;
        Thread runner = Thread.currentThread();
        // the last token is the one that is scored last: nothing is asked about what follows it
        for (int start = 0; start < context - 1; start += most) {
            int end = Math.min(start + most, context - 1);
            batch.clear();
            for (int position = start; position < end; position++) {
                batch.add(chunk[position], position, cache, position >= first, adapters);
            }
            if (!forward.run(batch, rows, runner::isInterrupted)) {
                throw new CriaException("the thread was interrupted while a perplexity was measured");
            }
            for (int position = Math.max(start, first); position < end; position++) {
                add(position - Math.max(start, first), chunk[position + 1]);
            }
        }
    }

    private void add(int row, int token) {
        int vocabularySize = forward.vocabularySize();
        float[] logits = Arrays.copyOfRange(rows, row * vocabularySize, (row + 1) * vocabularySize);
        double loss = -new LogProbabilities(logits).of(token);
        sum += loss;
        sumOfSquares += loss * loss;
        scored++;
    }
}
