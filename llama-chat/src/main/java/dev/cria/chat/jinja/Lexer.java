package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens. White space around tags goes as transformers sets it: a line end after a statement and
 * spaces before one that begins its line ({@code trim_blocks}, {@code lstrip_blocks}), all of it beside a minus sign,
 * none beside a plus sign.
 */
final class Lexer {
    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-%\\}\\s*|%\\})",
            Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern RAW_END = Pattern
            .compile("\\{%([-+]?)\\s*endraw\\s*(\\+%\\}|-%\\}\\s*|%\\}\\n?)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Set<String> LONG_OPERATORS = Set.of("//", "**", "==", "!=", ">=", "<=");
    private static final String OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    /** Whether the last thing that was read ended with a line. */
    private boolean lineBegins = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** {@return the text of a template as it is read: line ends are \n, and the last one is left out} */
    static String normalised(String text) {
        String lines = text.replace("\r\n", "\n").replace('\r', '\n');
        return lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    /**
     * {@return the tokens of a text}
     *
     * @param source a normalised text
     */
    static List<Token> tokens(String source) {
        Lexer lexer = new Lexer(source);
        lexer.read();
        return lexer.tokens;
    }

    private void read() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                addData(at, source.length());
                at = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            addDataBefore(tag, sign, kind != '{');
            at = tag + (sign == '-' || sign == '+' ? 3 : 2);
            switch (kind) {
                case '#' -> comment(tag);
                case '{' -> expression(tag, Kind.PRINT_BEGIN, Kind.PRINT_END);
                default -> {
                    Matcher raw = RAW_BEGIN.matcher(source).region(tag, source.length());
                    if (raw.lookingAt()) {
                        at = raw.end();
                        lineBegins = source.charAt(at - 1) == '\n';
                        raw(tag);
                    } else {
                        expression(tag, Kind.STATEMENT_BEGIN, Kind.STATEMENT_END);
                    }
                }
            }
        }
        tokens.add(new Token(Kind.END, "", source.length()));
    }

    private int nextTag() {
        for (int tag = source.indexOf('{', at); tag >= 0; tag = source.indexOf('{', tag + 1)) {
            if (tag + 1 < source.length() && "%{#".indexOf(source.charAt(tag + 1)) >= 0) {
                return tag;
            }
        }
        return -1;
    }

    private void addData(int from, int to) {
        if (from < to) {
            tokens.add(new Token(Kind.DATA, source.substring(from, to), from));
        }
    }

    /** Adds the text before a tag. */
    private void addDataBefore(int tag, char sign, boolean stripsIndent) {
        int end = tag;
        if (sign == '-') {
            while (end > at && Characters.isSpace(source.charAt(end - 1))) {
                end--;
            }
        } else if (sign != '+' && stripsIndent) {
            int indent = tag;
            while (indent > at && source.charAt(indent - 1) != '\n' && Characters.isSpace(source.charAt(indent - 1))) {
                indent--;
            }
            boolean atLineBegin = indent == at ? lineBegins : source.charAt(indent - 1) == '\n';
            end = atLineBegin ? indent : tag;
        }
        addData(at, end);
    }

    private void comment(int begin) {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            requireEnd("comment tag", begin);
            return;
        }
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end + 2;
        endTag(sign, true);
    }

    /** As in Jinja2, what begins at the very end of a template needs no end. */
    private void requireEnd(String what, int begin) {
        if (at < source.length()) {
            throw new SyntaxFailure("Missing end of " + what, begin);
        }
    }

    /** Goes over the white space after a tag that goes with it. */
    private void endTag(char sign, boolean takesLineEnd) {
        if (sign == '-') {
            while (at < source.length() && Characters.isSpace(source.charAt(at))) {
                at++;
            }
        } else if (sign != '+' && takesLineEnd && source.startsWith("\n", at)) {
            at++;
        }
        lineBegins = source.charAt(at - 1) == '\n';
    }

    private void raw(int begin) {
        Matcher end = RAW_END.matcher(source);
        if (!end.find(at)) {
            requireEnd("raw directive", begin);
            return;
        }
        addDataBefore(end.start(), end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0), true);
        at = end.end();
        lineBegins = source.charAt(at - 1) == '\n';
    }

    /** Reads to the end of a tag, where no bracket is open. */
    private void expression(int tag, Kind begin, Kind end) {
        tokens.add(new Token(begin, "", tag));
        String endText = end == Kind.PRINT_END ? "}}" : "%}";
        Deque<String> open = new ArrayDeque<>();
        while (true) {
            while (at < source.length() && Characters.isSpace(source.charAt(at))) {
                at++;
            }
            if (at == source.length()) {
                return;
            }
            char c = source.charAt(at);
            boolean signed = c == '-' || (c == '+' && end == Kind.STATEMENT_END);
            if (open.isEmpty() && source.startsWith(endText, signed ? at + 1 : at)) {
                tokens.add(new Token(end, "", at));
                at += signed ? 3 : 2;
                endTag(signed ? c : ' ', end == Kind.STATEMENT_END);
                return;
            }
            word(open);
        }
    }

    private void word(Deque<String> open) {
        char c = source.charAt(at);
        if (c >= '0' && c <= '9') {
            number();
        } else if (c == '\'' || c == '"') {
            string();
        } else if (Characters.isIdentifierStart(source.codePointAt(at))) {
            int from = at;
            while (at < source.length() && Characters.isIdentifierPart(source.codePointAt(at))) {
                at += Character.charCount(source.codePointAt(at));
            }
            tokens.add(new Token(Kind.NAME, source.substring(from, at), from));
        } else if (at + 2 <= source.length() && LONG_OPERATORS.contains(source.substring(at, at + 2))) {
            tokens.add(new Token(Kind.OPERATOR, source.substring(at, at + 2), at));
            at += 2;
        } else if (OPERATORS.indexOf(c) >= 0) {
            balance(c, open);
            tokens.add(new Token(Kind.OPERATOR, String.valueOf(c), at));
            at++;
        } else {
            throw new SyntaxFailure("unexpected char '" + Character.toString(source.codePointAt(at)) + "'", at);
        }
    }

    private void balance(char c, Deque<String> open) {
        switch (c) {
            case '(' -> open.push(")");
            case '[' -> open.push("]");
            case '{' -> open.push("}");
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw new SyntaxFailure("unexpected '" + c + "'", at);
                }
                String expected = open.pop();
                if (expected.charAt(0) != c) {
                    throw new SyntaxFailure("unexpected '" + c + "', expected '" + expected + "'", at);
                }
            }
            default -> {
            }
        }
    }

    private void number() {
        int from = at;
        boolean afterDot = from > 0 && source.charAt(from - 1) == '.';
        int radix = source.charAt(at) != '0' || at + 1 == source.length() ? 10 : switch (source.charAt(at + 1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 10;
        };
        if (radix != 10 && isDigit(source.startsWith("_", at + 2) ? at + 3 : at + 2, radix)) {
            at += source.startsWith("_", at + 2) ? 3 : 2;
            digits(radix);
            add(Kind.INTEGER, from);
            return;
        }
        digits(10);
        int end = at;
        if (!afterDot) {
            if (source.startsWith(".", at) && isDigit(at + 1, 10)) {
                at++;
                digits(10);
            }
            if (source.startsWith("e", at) || source.startsWith("E", at)) {
                boolean signed = source.startsWith("+", at + 1) || source.startsWith("-", at + 1);
                if (isDigit(signed ? at + 2 : at + 1, 10)) {
                    at += signed ? 2 : 1;
                    digits(10);
                }
            }
        }
        if (at == end && source.charAt(from) == '0') {
            // zeros are a number of their own before other digits
            at = from;
            while (source.startsWith("0", at) || source.startsWith("_0", at)) {
                at += source.charAt(at) == '_' ? 2 : 1;
            }
            end = at;
        }
        add(at == end ? Kind.INTEGER : Kind.FLOAT, from);
    }

    private void add(Kind kind, int from) {
        tokens.add(new Token(kind, source.substring(from, at).replace("_", ""), from));
    }

    private boolean isDigit(int index, int radix) {
        return index < source.length() && source.charAt(index) < 0x80
                && Character.digit(source.charAt(index), radix) >= 0;
    }

    /** Goes over digits, which single underscores may part. */
    private void digits(int radix) {
        while (isDigit(at, radix) || (source.startsWith("_", at) && isDigit(at + 1, radix))) {
            at++;
        }
    }

    private void string() {
        int from = at++;
        char quote = source.charAt(from);
        StringBuilder text = new StringBuilder();
        while (at < source.length() && source.charAt(at) != quote) {
            if (source.charAt(at) == '\\') {
                escape(text, from);
            } else {
                text.append(source.charAt(at++));
            }
        }
        if (at >= source.length()) {
            throw new SyntaxFailure("unexpected char '" + quote + "': the text that begins here has no end", from);
        }
        at++;
        tokens.add(new Token(Kind.STRING, text.toString(), from));
    }

    /** Reads what Python's texts can write after a backslash; what it does not know stays as it is. */
    private void escape(StringBuilder text, int string) {
        if (at + 1 >= source.length()) {
            throw new SyntaxFailure("unexpected char '" + source.charAt(string)
                    + "': the text that begins here has no end", string);
        }
        char c = source.charAt(at + 1);
        at += 2;
        switch (c) {
            case '\n' -> {
            }
            case '\\', '\'', '"' -> text.append(c);
            case 'a' -> text.append('\u0007');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'v' -> text.append('\u000b');
            case 'x' -> text.appendCodePoint(hexadecimal(2));
            case 'u' -> text.appendCodePoint(hexadecimal(4));
            case 'U' -> text.appendCodePoint(hexadecimal(8));
            case 'N' -> text.appendCodePoint(named());
            case '0', '1', '2', '3', '4', '5', '6', '7' -> text.appendCodePoint(octal(c - '0'));
            default -> text.append('\\').append(c);
        }
    }

    private int octal(int first) {
        int value = first;
        for (int digits = 1; digits < 3 && at < source.length() && source.charAt(at) >= '0'
                && source.charAt(at) <= '7'; digits++) {
            value = 8 * value + source.charAt(at++) - '0';
        }
        return value;
    }

    private int hexadecimal(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < source.length() ? Character.digit(source.charAt(at), 16) : -1;
            if (digit < 0 || value > Character.MAX_CODE_POINT / 16) {
                throw new SyntaxFailure("truncated or illegal escape: " + digits + " hexadecimal digits are needed",
                        at);
            }
            value = 16 * value + digit;
            at++;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw new SyntaxFailure("illegal Unicode character", at);
        }
        return value;
    }

    private int named() {
        int end = source.indexOf('}', at);
        if (!source.startsWith("{", at) || end < 0) {
            throw new SyntaxFailure("malformed \\N character escape", at);
        }
        try {
            int codePoint = Character.codePointOf(source.substring(at + 1, end));
            at = end + 1;
            return codePoint;
        } catch (IllegalArgumentException e) {
            throw new SyntaxFailure("unknown Unicode character name", at);
        }
    }
}
