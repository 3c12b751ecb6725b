package dev.cria.model.transformer;

import java.util.Arrays;

/**
 * The rows of one forward pass. Each row is a token at a position of a sequence; a prompt chunk, one decode step, and
 * one step of many conversations are all batches. Rows of one sequence must be neighbours and in rising position.
 */
public final class Batch {
    private int size;
    private int logitsRows;
    private int[] tokens;
    private int[] positions;
    private KvCache[] sequences;
    private boolean[] wantsLogits;
    private LoraSet[] adapters;

    /** @param capacity rows to make room for; the batch grows when more are added */
    public Batch(int capacity) {
        tokens = new int[capacity];
        positions = new int[capacity];
        sequences = new KvCache[capacity];
        wantsLogits = new boolean[capacity];
        adapters = new LoraSet[capacity];
    }

    /**
     * Adds a row without adapters.
     *
     * @param token token id
     * @param position position in its sequence, from 0
     * @param sequence the sequence's cache
     * @param logits whether the row's logits are wanted
     */
    public void add(int token, int position, KvCache sequence, boolean logits) {
        add(token, position, sequence, logits, LoraSet.NONE);
    }

    /**
     * Adds a row.
     *
     * @param token token id
     * @param position position in its sequence, from 0
     * @param sequence the sequence's cache
     * @param logits whether the row's logits are wanted
     * @param lora the adapters of the sequence: those that all its rows had
     */
    public void add(int token, int position, KvCache sequence, boolean logits, LoraSet lora) {
        if (size == tokens.length) {
            grow(Math.max(8, 2 * size));
        }
        tokens[size] = token;
        positions[size] = position;
        sequences[size] = sequence;
        wantsLogits[size] = logits;
        adapters[size] = lora;
        size++;
        if (logits) {
            logitsRows++;
        }
    }

    /** The tokens, whose length is the capacity, grow last: there may not be enough memory for all. */
    private void grow(int capacity) {
        positions = Arrays.copyOf(positions, capacity);
        sequences = Arrays.copyOf(sequences, capacity);
        wantsLogits = Arrays.copyOf(wantsLogits, capacity);
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
     * {@return whether the logits of a row are wanted}
     *
     * @param row row index
     */
    public boolean wantsLogits(int row) {
        return wantsLogits[row];
    }
}
