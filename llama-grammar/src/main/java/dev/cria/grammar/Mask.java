package dev.cria.grammar;

import java.util.Arrays;
import java.util.stream.IntStream;

/** A set of tokens, made once and filled again for every step. Not thread-safe. */
public final class Mask {
    private final int size;
    private final long[] words;

    /** @param size number of tokens of the vocabulary */
    public Mask(int size) {
        this.size = size;
        this.words = new long[(size + 63) / 64];
    }

    /** {@return the number of tokens of the vocabulary} */
    public int size() {
        return size;
    }

    /**
     * {@return whether a token is allowed}
     *
     * @param token a token's id; what is no token of the vocabulary is not allowed
     */
    public boolean allows(int token) {
        return token >= 0 && token < size && (words[token >> 6] >>> token & 1) != 0;
    }

    /** {@return how many tokens are allowed} */
    public int count() {
        return Arrays.stream(words).mapToInt(Long::bitCount).sum();
    }

    /** {@return the allowed tokens in rising order} */
    public IntStream tokens() {
        return IntStream.range(0, size).filter(this::allows);
    }

    /** {@return the set as bits: token t is bit t % 64 of word t / 64; a view, not a copy} */
    long[] words() {
        return words;
    }

    void clear() {
        Arrays.fill(words, 0);
    }

    void add(int token) {
        words[token >> 6] |= 1L << token;
    }
}
