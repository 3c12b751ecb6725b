package dev.cria.model.engine;

/** Guesses how one text goes on. Of the engine's thread. */
interface Drafter {
    /** A guess of nothing. */
    int[] NOTHING = {};

    /**
     * {@return tokens that may follow; fewer than asked for, or none, where nothing suggests itself}
     *
     * @param tokens begins with the text
     * @param length tokens of the text, at least 1
     * @param most most tokens to guess, at least 1
     */
    int[] draft(int[] tokens, int length, int most);

    /** {@return whether a guess takes so little time that one may be made just to see whether it comes true} */
    boolean isFree();

    /** {@return how long it takes to guess a token, in nanoseconds; 0 while it is not known or too little to matter} */
    double tokenNanos();

    /** Gives back what was kept to guess faster. */
    void release();
}
