package dev.cria.model;

/** Receives the logits of a text, position by position. */
@FunctionalInterface
public interface LogitsListener {
    /**
     * Takes the logits after a token.
     *
     * @param position position of the token, from 0
     * @param logits one number for each token of the vocabulary; the array is used again for the next position
     */
    void accept(int position, float[] logits);
}
