package dev.cria.chat;

import dev.cria.core.CriaException;

/** The text of a chat template that cannot be read or executed. The message says where and why. */
public final class TemplateException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** It is not a template: it could not be read. */
        SYNTAX,
        /** It asks something of a value that does not exist. */
        UNDEFINED,
        /** It tries something that templates must not do, such as changing a list. */
        SECURITY,
        /** It refuses by itself, with {@code raise_exception}. The message is in its own words. */
        RAISED,
        /** It fails otherwise: a wrong type, a division by zero, too much work. */
        RUNTIME
    }

    private final Kind kind;
    private final int line;
    private final int column;

    /**
     * @param kind what went wrong
     * @param message why, in Python's words where Python has some
     * @param line line of the template, from 1
     * @param column column in that line, from 1
     */
    public TemplateException(Kind kind, String message, int line, int column) {
        super(kind == Kind.RAISED
                ? message
                : "line " + line + ", column " + column + " of the chat template: "
                        + message);
        this.kind = kind;
        this.line = line;
        this.column = column;
    }

    /** {@return what went wrong} */
    public Kind kind() {
        return kind;
    }

    /** {@return the line of the template where it happened, from 1} */
    public int line() {
        return line;
    }

    /** {@return the column in that line, from 1} */
    public int column() {
        return column;
    }
}
