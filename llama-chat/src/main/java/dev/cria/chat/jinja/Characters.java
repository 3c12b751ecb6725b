package dev.cria.chat.jinja;

import dev.cria.chat.template.WhiteSpace;
import java.text.Normalizer;
import java.util.Locale;

/** What Python knows about characters. */
final class Characters {
    private Characters() {}

    /** {@return a text without white space at its ends} */
    static String strip(String text) {
        return WhiteSpace.strip(text);
    }

    static boolean isSpace(int codePoint) {
        return codePoint <= Character.MAX_VALUE && WhiteSpace.isSpace((char) codePoint);
    }

    /** {@return whether a character ends a line for {@code splitlines}} */
    static boolean isLineEnd(char c) {
        return (c >= '\n' && c <= '\r') || (c >= '\u001c' && c <= '\u001e') || c == '\u0085' || c == '\u2028'
                || c == '\u2029';
    }

    /** {@return whether a character is a digit, which may be raised or in a circle} */
    static boolean isDigit(int c) {
        return Character.isDigit(c) || (Character.getType(c) == Character.OTHER_NUMBER
                && Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC).matches("[0-9]"));
    }

    static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }

    static boolean isAlphanumeric(int c) {
        return Character.isLetter(c) || isNumeric(c);
    }

    /** {@return whether a character has a case} */
    static boolean isCased(int c) {
        return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
    }

    /** {@return whether Python prints a character as it is inside quotes} */
    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                    Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    static boolean isLower(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase)
                && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }

    static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase)
                && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    static boolean isIdentifier(String text) {
        return !text.isEmpty() && isIdentifierStart(text.codePointAt(0))
                && text.codePoints().allMatch(Characters::isIdentifierPart);
    }

    static boolean isIdentifierStart(int c) {
        return c == '_' || Character.isUnicodeIdentifierStart(c);
    }

    static boolean isIdentifierPart(int c) {
        return c == '_' || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** {@return a text with its first character in title case and the rest in lower case} */
    static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int rest = text.offsetByCodePoints(0, 1);
        // as a whole, because what a sigma becomes depends on what stands before it
        String lower = lower(text);
        String lowerFirst = lower(text.substring(0, rest));
        return title(text.codePointAt(0)) + lower.substring(Math.min(lowerFirst.length(), lower.length()));
    }

    private static String title(int codePoint) {
        int title = Character.toTitleCase(codePoint);
        String upper = upper(Character.toString(codePoint));
        if (title != codePoint || upper.codePointCount(0, upper.length()) == 1) {
            return Character.toString(title);
        }
        return isCased(upper.charAt(0)) ? upper.charAt(0) + lower(upper.substring(1)) : upper;
    }

    /** {@return a text with every word, a run of letters, capitalised} */
    static String titled(String text) {
        StringBuilder result = new StringBuilder();
        for (int at = 0, next; at < text.length(); at = next) {
            next = at;
            boolean cased = isCased(text.codePointAt(at));
            while (next < text.length() && isCased(text.codePointAt(next)) == cased) {
                next += Character.charCount(text.codePointAt(next));
            }
            String run = text.substring(at, next);
            result.append(cased ? capitalized(run) : run);
        }
        return result.toString();
    }

    static String swapped(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints().forEach(c -> {
            String one = Character.toString(c);
            result.append(Character.isUpperCase(c) ? lower(one) : Character.isLowerCase(c) ? upper(one) : one);
        });
        return result.toString();
    }
}
