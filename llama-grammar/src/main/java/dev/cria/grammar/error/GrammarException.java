package dev.cria.grammar.error;

import dev.cria.core.CriaException;

/** A grammar, a regular expression or a JSON schema that cannot be used. The message says where and why. */
public class GrammarException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** @param message the place, what was expected and what was found */
    public GrammarException(String message) {
        super(message);
    }
}
