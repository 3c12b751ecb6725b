package dev.cria.chat.template;

/**
 * Stripping as Python's {@code str.strip()} does it, which the reference implementations use: Java's own {@code strip}
 * keeps no-break spaces and U+0085.
 */
public final class WhiteSpace {
    private WhiteSpace() {}

    /**
     * {@return a text without the white space at its ends}
     *
     * @param text any text
     */
    public static String strip(String text) {
        String ended = stripEnd(text);
        int start = 0;
        while (start < ended.length() && isSpace(ended.charAt(start))) {
            start++;
        }
        return ended.substring(start);
    }

    /**
     * {@return a text without the white space at its end}
     *
     * @param text any text
     */
    public static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /**
     * {@return whether a character is white space to Python}
     *
     * @param c a character
     */
    public static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
