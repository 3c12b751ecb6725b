package dev.cria.model.generation;

import dev.cria.core.CriaException;

/** A model has as many callers as it takes: as many wait for their turn as its queue holds. Ask again later. */
public final class TooManyRequestsException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** How many may wait. */
    private final int queueLimit;

    /**
     * Makes the message from the number.
     *
     * @param queueLimit how many may wait
     */
    public TooManyRequestsException(int queueLimit) {
        super("the model has as many requests waiting as its queue holds, " + queueLimit
                + ": ask again later, or load it with a larger queueLimit");
        this.queueLimit = queueLimit;
    }

    /** {@return how many requests may wait} */
    public int queueLimit() {
        return queueLimit;
    }
}
