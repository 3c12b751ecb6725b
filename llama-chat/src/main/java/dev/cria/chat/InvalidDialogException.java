package dev.cria.chat;

import dev.cria.core.CriaException;

/** A dialog that no template can render. The message names what is out of order. */
public final class InvalidDialogException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** @param message which message is out of order, and what was expected */
    public InvalidDialogException(String message) {
        super(message);
    }
}
