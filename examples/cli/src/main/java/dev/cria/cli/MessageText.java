package dev.cria.cli;

/**
 * How lines become a message: a line is one; a line that ends in a backslash goes on in the next, and a message that
 * begins with three quotation marks ends with the next three.
 */
final class MessageText {
    private static final String QUOTES = "\"\"\"";

    private MessageText() {}

    /** {@return whether lines are a whole message} */
    static boolean isWhole(String lines) {
        String text = lines.strip();
        return text.startsWith(QUOTES)
                ? text.length() >= 2 * QUOTES.length() && text.endsWith(QUOTES)
                : !lines.endsWith("\\");
    }

    /** {@return the message that whole lines are, or that the last lines of the input would have become} */
    static String of(String lines) {
        String text = lines.strip();
        if (text.startsWith(QUOTES)) {
            return text.substring(QUOTES.length(), text.length() - (isWhole(lines) ? QUOTES.length() : 0)).strip();
        }
        return lines.replace("\\\n", "\n");
    }
}
