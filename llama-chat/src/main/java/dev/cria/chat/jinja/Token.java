package dev.cria.chat.jinja;

/**
 * A word of a template.
 *
 * @param kind what it is
 * @param text text between tags, a name, an operator, the digits of a number, or what a quoted text says
 * @param at index of its first character in the template
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        DATA("template data / text"), STATEMENT_BEGIN("begin of statement block"), STATEMENT_END(
                "end of statement block"),
        PRINT_BEGIN("begin of print statement"), PRINT_END(
                "end of print statement"),
        NAME("name"), STRING("string"), INTEGER("integer"), FLOAT(
                "float"),
        OPERATOR("operator"), END("end of template");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        String description() {
            return description;
        }
    }

    boolean is(Kind other) {
        return kind == other;
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    /** {@return how messages call it} */
    String description() {
        return kind == Kind.NAME || kind == Kind.OPERATOR ? text : kind.description();
    }
}
