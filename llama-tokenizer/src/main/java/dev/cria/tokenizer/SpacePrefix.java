package dev.cria.tokenizer;

/**
 * Where a space is put before text that is encoded, so that a first word looks like any other word. The choices differ
 * only for texts in which tokens stand that were added to a vocabulary ({@link TokenType#USER_DEFINED}).
 */
public enum SpacePrefix {
    /** Nowhere. */
    NONE,
    /** Before the text, whatever it begins with, as SentencePiece does. */
    TEXT,
    /** Before the text unless it begins with an added token: Hugging Face's {@code prepend_scheme} "first". */
    FIRST,
    /**
     * Before the text and after each added token, but not before one: Hugging Face's {@code prepend_scheme} "always",
     * and llama.cpp.
     */
    EACH
}
