package dev.cria.train.pieces;

import java.util.List;
import java.util.function.Consumer;

/**
 * Cuts texts where no piece may reach across: before every space, around every digit, between letters and other signs,
 * around control characters.
 */
public final class WordSplitter {
    private static final char SPACE = '\u2581';

    private final List<String> marks;

    private enum Kind {
        LETTER, SIGN, DIGIT, CONTROL
    }

    /** @param marks texts that are not cut although letters and other signs meet in them */
    public WordSplitter(List<String> marks) {
        this.marks = List.copyOf(marks);
    }

    /**
     * Cuts a text.
     *
     * @param text the text as it would be encoded; a space is put before it
     * @param words takes each word, spaces written as U+2581, control characters left out
     */
    public void split(String text, Consumer<String> words) {
        if (text.isEmpty()) {
            return;
        }
        String escaped = SPACE + text.replace(' ', SPACE);
        StringBuilder word = new StringBuilder();
        Kind before = Kind.CONTROL;
        int at = 0;
        while (at < escaped.length()) {
            String mark = markAt(escaped, at);
            if (!mark.isEmpty()) {
                // the space before a mark belongs to it, a letter or sign does not
                if (!word.toString().equals(String.valueOf(SPACE))) {
                    flush(word, words);
                }
                word.append(mark);
                flush(word, words);
                before = Kind.CONTROL;
                at += mark.length();
                continue;
            }
            int c = escaped.codePointAt(at);
            at += Character.charCount(c);
            Kind kind = kind(c);
            boolean afterSpace = word.length() == 1 && word.charAt(0) == SPACE && kind != Kind.DIGIT;
            if (c == SPACE || kind == Kind.DIGIT || kind == Kind.CONTROL || (kind != before && !afterSpace)) {
                flush(word, words);
            }
            if (kind != Kind.CONTROL) {
                word.appendCodePoint(c);
            }
            before = kind;
        }
        flush(word, words);
    }

    private String markAt(String text, int at) {
        for (String mark : marks) {
            if (text.startsWith(mark, at)) {
                return mark;
            }
        }
        return "";
    }

    private static void flush(StringBuilder word, Consumer<String> words) {
        if (!word.isEmpty()) {
            words.accept(word.toString());
            word.setLength(0);
        }
    }

    private static Kind kind(int c) {
        if (Character.isDigit(c)) {
            return Kind.DIGIT;
        }
        if (Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            return Kind.CONTROL;
        }
        int type = Character.getType(c);
        boolean accent = type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
        return Character.isLetter(c) || accent ? Kind.LETTER : Kind.SIGN;
    }
}
