package dev.cria.model.engine;

import dev.cria.model.sampling.Candidates;
import dev.cria.model.transformer.Batch.Output;
import java.util.List;

/**
 * What becomes of what a sequence's tokens give: the next token, a score, an embedding. The engine calls, always one
 * method at a time except {@link #accept}; whatever a method throws ends the sequence.
 */
public interface Head {
    /**
     * What follows a pass.
     *
     * @param tokens ids with which the sequence goes on
     * @param ends whether nothing more is to be computed
     */
    record Next(List<Integer> tokens, boolean ends) {
        /** The tokens that there are are to be read on. */
        public static final Next MORE = new Next(List.of(), false);
        /** Nothing more is to be computed. */
        public static final Next END = new Next(List.of(), true);

        /** Copies the ids. */
        public Next {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * {@return what is wanted of a token}
     *
     * @param position its position
     * @param length how many tokens the sequence has
     */
    Output output(int position, int length);

    /**
     * Takes an output, in a thread of the team. Logits of several positions may come at the same time; but those after
     * guessed tokens come in order, one at a time, as far as the head {@linkplain #confirms confirms} the guesses.
     *
     * @param position of the token
     * @param values holds the output, which is valid only during the call
     * @param offset index of its first number
     * @param scratch as long as the vocabulary; may be overwritten
     */
    void accept(int position, float[] values, int offset, Candidates scratch);

    /**
     * {@return how many tokens may be guessed, so that a pass brings as many more than the next: none unless
     * overridden}
     */
    default int guessable() {
        return 0;
    }

    /**
     * {@return whether a guessed token is the one that was chosen by the output that was accepted last, and the
     * sequence goes on after it}
     *
     * @param token token id
     */
    default boolean confirms(int token) {
        return false;
    }

    /**
     * Learns that a pass has ended; the reader does not look meanwhile. Unless overridden, the tokens that there are
     * are read, and then nothing follows.
     *
     * @param read how many tokens have been read
     * @param length how many tokens the sequence has
     * @param nanos how long the pass took
     * @return what follows
     */
    default Next passed(int read, int length, long nanos) {
        return read == length ? Next.END : Next.MORE;
    }

    /**
     * {@return the first position whose output is wanted; those before it need not be read if their keys and values are
     * known}
     *
     * @param length how many tokens the sequence has
     */
    int firstOutput(int length);

    /** {@return how many tokens may be read in the next pass, as the reader has room; it does not look meanwhile} */
    default int room() {
        return Integer.MAX_VALUE;
    }

    /** {@return whether there is something for the reader before the end; it does not look meanwhile} */
    default boolean hasNews() {
        return false;
    }

    /** {@return whether a reader that waits should be woken for the news, rather than wait for more} */
    default boolean isWorthWaking() {
        return hasNews();
    }
}
