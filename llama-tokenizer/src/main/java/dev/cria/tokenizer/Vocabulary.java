package dev.cria.tokenizer;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The tokens of a model and how text is prepared for them. A token's id is its index.
 *
 * @param pieces the tokens
 * @param bos id of the token that begins a sequence
 * @param eos id of the token that ends one
 * @param unknown id of the token for what cannot be expressed
 * @param addBos whether a prompt begins with BOS
 * @param addEos whether a prompt ends with EOS
 * @param spacePrefix where a space is put before text
 * @param removeExtraWhitespaces whether runs of spaces are collapsed and the text is trimmed; false for Llama 2
 * @param unknownSurface what the unknown token is decoded to
 */
public record Vocabulary(List<Piece> pieces, int bos, int eos, int unknown, boolean addBos, boolean addEos,
        SpacePrefix spacePrefix, boolean removeExtraWhitespaces, String unknownSurface) {
    /** What SentencePiece decodes the unknown token to unless the model says otherwise. */
    public static final String DEFAULT_UNKNOWN_SURFACE = " \u2047 ";

    /**
     * One token.
     *
     * @param text its text, spaces written as U+2581; byte tokens are {@code <0x00>} to {@code <0xFF>}
     * @param score merge priority, higher first
     * @param type what it stands for
     */
    public record Piece(String text, float score, TokenType type) {
        private static final Pattern BYTE = Pattern.compile("<0x([0-9A-F]{2})>");

        /** Ten times what any tokenizer has; the time to build one grows with the square. */
        private static final int LONGEST = 1024;

        /**
         * Checks the text.
         *
         * @throws IllegalArgumentException if a byte token is not written as {@code <0x00>} to {@code <0xFF>}, or the
         *         text has more than 1024 characters
         */
        public Piece {
            if (text.length() > LONGEST) {
                throw new IllegalArgumentException("a token has at most " + LONGEST + " characters, not "
                        + text.length());
            }
            if (type == TokenType.BYTE && !BYTE.matcher(text).matches()) {
                throw new IllegalArgumentException("a byte token must be written as <0x00> to <0xFF>, not " + text);
            }
        }

        int byteValue() {
            return Integer.parseInt(text, 3, 5, 16);
        }
    }

    /**
     * Copies the pieces and checks the ids.
     *
     * @throws IllegalArgumentException if there are no pieces or an id is not one of theirs
     */
    public Vocabulary {
        pieces = List.copyOf(pieces);
        checkId("BOS", bos, pieces.size());
        checkId("EOS", eos, pieces.size());
        checkId("unknown", unknown, pieces.size());
    }

    private static void checkId(String what, int id, int size) {
        if (id < 0 || id >= size) {
            throw new IllegalArgumentException(
                    "the " + what + " token must be one of the " + size + " tokens from 0, but is " + id);
        }
    }

    /** {@return the number of tokens} */
    public int size() {
        return pieces.size();
    }
}
