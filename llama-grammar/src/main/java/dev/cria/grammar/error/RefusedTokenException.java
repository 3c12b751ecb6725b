package dev.cria.grammar.error;

import dev.cria.core.CriaException;

/** A token was taken that the grammar does not allow, or none is allowed. Nothing has been accepted. */
public final class RefusedTokenException extends CriaException {
    private static final long serialVersionUID = 1L;

    private final int position;
    private final String text;

    /**
     * @param message what was expected and what was found
     * @param position number of tokens accepted before
     * @param text their text
     */
    public RefusedTokenException(String message, int position, String text) {
        super(message);
        this.position = position;
        this.text = text;
    }

    /** {@return the number of tokens accepted before} */
    public int position() {
        return position;
    }

    /** {@return the text accepted before} */
    public String text() {
        return text;
    }
}
