package dev.cria.model.transformer;

import java.util.Arrays;

/**
 * The rows of one forward pass. Each row is a token at a position of a sequence; a prompt chunk, one decode step, and
 * one step of many conversations are all batches. Rows of one sequence must be neighbours and in rising position.
 */
public final class Batch {
    /** What is wanted of a row. */
    public enum Output {
        /** Only its key and value. */
        NONE,
        /** Its logits. */
        LOGITS,
        /** Its hidden state after the final norm. */
        HIDDEN
    }

    private int size;
    private int logitsRows;
    private int[] tokens;
    private int[] positions;
    private KvCache[] sequences;
    private Output[] outputs;
    private LoraSet[] adapters;

    /** @param capacity rows to make room for; the batch grows when more are added */
    public Batch(int capacity) {
        tokens = new int[capacity];
        positions = new int[capacity];
        sequences = new KvCache[capacity];
        outputs = new Output[capacity];
        adapters = new LoraSet[capacity];
    }

    /**
     * Adds a row without adapters.
     *
     * @param token token id
     * @param position position in its sequence, from 0
     * @param sequence the sequence's cache
     * @param output what is wanted of the row
     */
    public void add(int token, int position, KvCache sequence, Output output) {
        add(token, position, sequence, output, LoraSet.NONE);
    }

    /**
     * Adds a row.
     *
     * @param token token id
     * @param position position in its sequence, from 0
     * @param sequence the sequence's cache
     * @param output what is wanted of the row
     * @param lora the adapters of the sequence: those that all its rows had
     */
    public void add(int token, int position, KvCache sequence, Output output, LoraSet lora) {
        if (size == tokens.length) {
            grow(Math.max(8, 2 * size));
        }
        tokens[size] = token;
        positions[size] = position;
        sequences[size] = sequence;
        outputs[size] = output;
        adapters[size] = lora;
        size++;
        if (output == Output.LOGITS) {
            logitsRows++;
        }
    }

    /** The tokens, whose length is the capacity, grow last: there may not be enough memory for all. */
    private void grow(int capacity) {
        positions = Arrays.copyOf(positions, capacity);
        sequences = Arrays.copyOf(sequences, capacity);
        outputs = Arrays.copyOf(outputs, capacity);
        adapters = Arrays.copyOf(adapters, capacity);
        tokens = Arrays.copyOf(tokens, capacity);
    }

    /** Removes all rows. */
    public void clear() {
        size = 0;
        logitsRows = 0;
    }

    /** {@return the number of rows} */
    public int size() {
        return size;
    }

    /** {@return the number of rows whose logits are wanted} */
    public int logitsRows() {
        return logitsRows;
    }

    /**
     * {@return the token id of a row}
     *
     * @param row row index
     */
    public int token(int row) {
        return tokens[row];
    }

    /**
     * {@return the position of a row in its sequence}
     *
     * @param row row index
     */
    public int position(int row) {
        return positions[row];
    }

    /**
     * {@return the sequence of a row}
     *
     * @param row row index
     */
    public KvCache sequence(int row) {
        return sequences[row];
    }

    /**
     * {@return the adapters of a row}
     *
     * @param row row index
     */
    public LoraSet adapters(int row) {
        return adapters[row];
    }

    /**
     * {@return what is wanted of a row}
     *
     * @param row row index
     */
    public Output output(int row) {
        return outputs[row];
    }
}
