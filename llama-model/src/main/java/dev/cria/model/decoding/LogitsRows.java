package dev.cria.model.decoding;

import dev.cria.model.engine.Head;
import dev.cria.model.sampling.Candidates;
import dev.cria.model.transformer.Batch.Output;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;

/** Hands out the logits after every token, some rows at a time. */
public final class LogitsRows implements Head {
    /** Rows that wait for the reader: enough to read the weights seldom, few enough to hold 32000 logits each. */
    private static final int ROWS = 32;

    private final int vocabularySize;
    /** Those of the pass that is running. */
    private final float[][] arriving = new float[ROWS][];
    private final Queue<float[]> rows = new ArrayDeque<>();
    private int done;

    /** @param vocabularySize the number of logits of a row */
    public LogitsRows(int vocabularySize) {
        this.vocabularySize = vocabularySize;
    }

    /** {@return the logits after the next token, if they are there} */
    public Optional<float[]> take() {
        return Optional.ofNullable(rows.poll());
    }

    @Override
    public Output output(int position, int length) {
        return position >= done ? Output.LOGITS : Output.NONE;
    }

    @Override
    public void accept(int position, float[] values, int offset, Candidates scratch) {
        arriving[position - done] = Arrays.copyOfRange(values, offset, offset + vocabularySize);
    }

    @Override
    public Next passed(int read, int length, long nanos) {
        for (int i = 0; i < read - done; i++) {
            rows.add(arriving[i]);
        }
        done = Math.max(done, read);
        return Head.super.passed(read, length, nanos);
    }

    @Override
    public int firstOutput(int length) {
        return done;
    }

    @Override
    public int room() {
        return ROWS - rows.size();
    }

    @Override
    public boolean hasNews() {
        return !rows.isEmpty();
    }
}
