package dev.cria.model.decoding;

import dev.cria.model.engine.Head;
import dev.cria.model.sampling.Candidates;
import dev.cria.model.sampling.LogProbabilities;
import dev.cria.model.transformer.Batch.Output;
import java.util.Arrays;

/** Looks how probable the tokens of a text are. */
public final class Scorer implements Head {
    private final int[] tokens;
    private final int first;
    private final int vocabularySize;
    private final double[] logProbabilities;

    /**
     * Prepares the scores of a text.
     *
     * @param tokens the text
     * @param first index of the first token to score, at least 1
     * @param vocabularySize the number of logits
     */
    public Scorer(int[] tokens, int first, int vocabularySize) {
        this.tokens = tokens.clone();
        this.first = first;
        this.vocabularySize = vocabularySize;
        logProbabilities = new double[Math.max(0, tokens.length - first)];
    }

    /** {@return the tokens that have to be read: nobody asks what follows the last one} */
    public int[] read() {
        return Arrays.copyOf(tokens, tokens.length - 1);
    }

    /** {@return the log-probability of each token from the first on, once the sequence has ended} */
    public double[] logProbabilities() {
        return logProbabilities.clone();
    }

    @Override
    public Output output(int position, int length) {
        return position + 1 >= first ? Output.LOGITS : Output.NONE;
    }

    @Override
    public void accept(int position, float[] values, int offset, Candidates scratch) {
        logProbabilities[position + 1 - first] = new LogProbabilities(values, offset, vocabularySize)
                .of(tokens[position + 1]);
    }

    @Override
    public int firstOutput(int length) {
        return first - 1;
    }
}
