package dev.cria.chat.jinja;

import dev.cria.chat.TemplateException.Kind;

/** What is wrong with the text of a template, and at which of its characters. */
final class SyntaxFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final int at;

    SyntaxFailure(String message, int at) {
        this(Kind.SYNTAX, message, at);
    }

    /** Of another kind: what Jinja2 only notices later. */
    SyntaxFailure(Kind kind, String message, int at) {
        super(message, null, false, false);
        this.kind = kind;
        this.at = at;
    }

    Kind kind() {
        return kind;
    }

    int at() {
        return at;
    }
}
