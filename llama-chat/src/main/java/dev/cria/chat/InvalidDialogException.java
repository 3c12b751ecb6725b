package dev.cria.chat;

import dev.cria.core.CriaException;

/**
 * A dialog that a template cannot write down: it has no place for a message, or a message says what only the template
 * may write. The message says which and why; where the template refuses by itself, in its own words.
 */
public final class InvalidDialogException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** @param message which message is out of place, and what was expected */
    public InvalidDialogException(String message) {
        super(message);
    }

    InvalidDialogException(String message, Throwable cause) {
        super(message, cause);
    }
}
