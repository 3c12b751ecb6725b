package dev.cria.train.network;

import dev.cria.train.TrainingExample;
import java.util.ArrayList;
import java.util.List;

/**
 * Documents one after the other. Each token sees its own document only, and positions begin at 0 in each, so that
 * nothing is padded and nothing leaks.
 */
public final class TokenBatch {
    /** No token is to be predicted here. */
    static final int NONE = -1;

    private final int[] tokens;
    private final int[] targets;
    private final int[] positions;
    private final List<Document> documents = new ArrayList<>();
    private int size;
    private int learnt;

    /**
     * Where a document is.
     *
     * @param start its first row
     * @param length its tokens that are inputs
     */
    record Document(int start, int length) {}

    /**
     * Refuses batches whose activations have no room in an array.
     *
     * @param capacity largest number of tokens
     * @param widest floats of a token in the widest activations
     * @throws IllegalArgumentException if there are more tokens than that
     */
    static void requireRoom(int capacity, int widest) {
        int most = Integer.MAX_VALUE / widest;
        if (capacity > most) {
            throw new IllegalArgumentException("batch tokens must be at most " + most
                    + " for a model with rows of " + widest + " numbers, not " + capacity);
        }
    }

    /** @param capacity largest number of tokens */
    public TokenBatch(int capacity) {
        tokens = new int[capacity];
        targets = new int[capacity];
        positions = new int[capacity];
    }

    /**
     * Adds a document, cut to the context, unless there is no room for it.
     *
     * @param example the document
     * @param context largest number of tokens of a document that are inputs
     * @return whether it was added
     */
    public boolean add(TrainingExample example, int context) {
        // the last token is predicted but predicts nothing
        int length = Math.min(example.tokens().length - 1, context);
        if (size + length > tokens.length) {
            return false;
        }
        documents.add(new Document(size, length));
        for (int i = 0; i < length; i++) {
            tokens[size + i] = example.tokens()[i];
            positions[size + i] = i;
            boolean counts = example.learnt()[i + 1];
            targets[size + i] = counts ? example.tokens()[i + 1] : NONE;
            learnt += counts ? 1 : 0;
        }
        size += length;
        return true;
    }

    /** Removes all documents. */
    public void clear() {
        documents.clear();
        size = 0;
        learnt = 0;
    }

    /** {@return the number of tokens} */
    public int size() {
        return size;
    }

    /** {@return the number of tokens that count in the loss} */
    public int learnt() {
        return learnt;
    }

    int token(int row) {
        return tokens[row];
    }

    int target(int row) {
        return targets[row];
    }

    int position(int row) {
        return positions[row];
    }

    List<Document> documents() {
        return documents;
    }
}
