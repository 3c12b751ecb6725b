package dev.cria.grammar.error;

/** A grammar needs more memory or time than there is a limit for. */
public final class GrammarTooLargeException extends GrammarException {
    private static final long serialVersionUID = 1L;

    /** @param message what is too large, and the limit */
    public GrammarTooLargeException(String message) {
        super(message);
    }
}
