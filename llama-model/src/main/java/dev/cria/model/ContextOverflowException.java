package dev.cria.model;

import dev.cria.core.CriaException;

/** A prompt has more tokens than the model's context holds. */
public final class ContextOverflowException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** Tokens of the prompt. */
    private final int tokens;
    /** Tokens that the context holds. */
    private final int contextLength;

    /**
     * Makes the message from the numbers.
     *
     * @param tokens tokens of the prompt
     * @param contextLength tokens that the context holds
     */
    public ContextOverflowException(int tokens, int contextLength) {
        super("the prompt has " + tokens + " tokens, but the context holds " + contextLength
                + ": shorten the prompt or load the model with a larger context");
        this.tokens = tokens;
        this.contextLength = contextLength;
    }

    /** {@return the number of tokens of the prompt} */
    public int tokens() {
        return tokens;
    }

    /** {@return the number of tokens that the context holds} */
    public int contextLength() {
        return contextLength;
    }
}
