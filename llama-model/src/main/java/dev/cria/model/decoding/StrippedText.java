package dev.cria.model.decoding;

import dev.cria.chat.template.WhiteSpace;

/**
 * Strips white space from both ends of a text that comes in pieces, as the chat templates do it (Python's
 * {@code str.strip}): white space is held back until something else follows.
 */
public final class StrippedText {
    private final StringBuilder held = new StringBuilder();
    private boolean begun;

    /**
     * Makes the state for one text.
     *
     * @param begun whether the text goes on with one that has begun, so that white space in front belongs to it
     */
    public StrippedText(boolean begun) {
        this.begun = begun;
    }

    /**
     * Takes the next piece.
     *
     * @param piece any text
     * @return the text that is certain to belong to the stripped one
     */
    public String accept(String piece) {
        int start = 0;
        while (!begun && start < piece.length() && WhiteSpace.isSpace(piece.charAt(start))) {
            start++;
        }
        int end = piece.length();
        while (end > start && WhiteSpace.isSpace(piece.charAt(end - 1))) {
            end--;
        }
        if (start == end) {
            held.append(piece, start, piece.length());
            return "";
        }
        begun = true;
        String certain = held + piece.substring(start, end);
        held.setLength(0);
        held.append(piece, end, piece.length());
        return certain;
    }
}
