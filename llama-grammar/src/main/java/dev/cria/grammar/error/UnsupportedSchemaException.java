package dev.cria.grammar.error;

/** A JSON schema says something that cannot be enforced while text is written. */
public final class UnsupportedSchemaException extends GrammarException {
    private static final long serialVersionUID = 1L;

    private final String keyword;
    private final String pointer;

    /**
     * @param keyword the keyword of JSON Schema
     * @param pointer JSON pointer to it
     * @param reason why it cannot be enforced
     */
    public UnsupportedSchemaException(String keyword, String pointer, String reason) {
        super("JSON schema, #" + pointer + ": " + keyword + " cannot be enforced: " + reason);
        this.keyword = keyword;
        this.pointer = pointer;
    }

    /** {@return the keyword of JSON Schema that cannot be enforced} */
    public String keyword() {
        return keyword;
    }

    /** {@return a JSON pointer (RFC 6901) to that keyword in the schema} */
    public String pointer() {
        return pointer;
    }
}
