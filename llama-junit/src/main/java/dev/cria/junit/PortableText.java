package dev.cria.junit;

/** A text as it is wherever its file was edited or checked out: lines end in one character, no byte order mark. */
final class PortableText {
    private PortableText() {}

    static String of(String text) {
        return (text.startsWith("\uFEFF") ? text.substring(1) : text).replace("\r\n", "\n");
    }
}
