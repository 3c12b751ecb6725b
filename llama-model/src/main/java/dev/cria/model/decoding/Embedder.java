package dev.cria.model.decoding;

import dev.cria.model.engine.Head;
import dev.cria.model.sampling.Candidates;
import dev.cria.model.transformer.Batch.Output;

/** Adds up the hidden states of a text. */
public final class Embedder implements Head {
    private final boolean lastOnly;
    private final double[] sum;
    /** Tokens that have been added, or passed over. */
    private int done;

    /**
     * Prepares the embedding of a text.
     *
     * @param embeddingLength numbers of a hidden state
     * @param lastOnly whether only that of the last token counts
     */
    public Embedder(int embeddingLength, boolean lastOnly) {
        this.lastOnly = lastOnly;
        sum = new double[embeddingLength];
    }

    /** {@return the sum as a vector of length 1, once the sequence has ended; it has the direction of the mean} */
    public float[] embedding() {
        double squares = 0;
        for (double component : sum) {
            squares += component * component;
        }
        float[] embedding = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            embedding[i] = squares == 0 ? 0 : (float) (sum[i] / Math.sqrt(squares));
        }
        return embedding;
    }

    @Override
    public Output output(int position, int length) {
        // a sequence that was put back is read again from the beginning
        return position >= firstOutput(length) ? Output.HIDDEN : Output.NONE;
    }

    @Override
    public void accept(int position, float[] values, int offset, Candidates scratch) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[offset + i];
        }
    }

    @Override
    public Next passed(int read, int length, long nanos) {
        done = Math.max(done, read);
        return Head.super.passed(read, length, nanos);
    }

    @Override
    public int firstOutput(int length) {
        return lastOnly ? length - 1 : done;
    }
}
