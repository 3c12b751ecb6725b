package dev.cria.chat.jinja;

import dev.cria.chat.TemplateException.Kind;

/** What goes wrong in a template, in Python's words; where it happened is added by {@link Program}. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    private Failure(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** A wrong type, a wrong value, a limit. */
    static Failure runtime(String message) {
        return new Failure(Kind.RUNTIME, message);
    }

    /** Something is asked of a value that does not exist. */
    static Failure undefined(String message) {
        return new Failure(Kind.UNDEFINED, message);
    }

    /** Something that a template must not do. */
    static Failure forbidden(String message) {
        return new Failure(Kind.SECURITY, message);
    }

    /** The template itself refuses. */
    static Failure raised(String message) {
        return new Failure(Kind.RAISED, message);
    }
}
