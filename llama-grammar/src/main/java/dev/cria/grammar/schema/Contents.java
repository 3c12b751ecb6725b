package dev.cria.grammar.schema;

/** Texts as the content of JSON strings, each character written in one way. */
final class Contents {
    private Contents() {}

    static String of(String text) {
        StringBuilder written = new StringBuilder();
        text.codePoints().forEach(c -> {
            int letter = "\"\\\b\f\n\r\t".indexOf(c);
            if (letter >= 0) {
                written.append('\\').append("\"\\bfnrt".charAt(letter));
            } else if (c < ' ') {
                written.append("\\u%04x".formatted(c));
            } else {
                written.appendCodePoint(c);
            }
        });
        return written.toString();
    }
}
