package dev.cria.model;

import dev.cria.core.CriaException;

/**
 * A transcript was asked what was never recorded. The message shows the prompt, and how it differs from what was
 * recorded.
 */
public final class MissingAnswerException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** @param message what was asked, and what there is instead */
    public MissingAnswerException(String message) {
        super(message);
    }

    /**
     * @param message what was asked, and what there is instead
     * @param cause the failure underneath
     */
    public MissingAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
