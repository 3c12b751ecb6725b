package dev.cria.grammar.regular;

import java.util.ArrayList;
import java.util.List;

/** How characters are written as bytes. */
public enum TextEncoding {
    /** UTF-8 (RFC 3629), without overlong forms and halves of surrogate pairs. */
    UTF8 {
        @Override
        public Regex of(CharSet characters) {
            return utf8(characters.and(CharSet.ALL));
        }
    },
    /**
     * As in a JSON string, each character in one way only: as it is, or as the shortest escape where it must be
     * escaped (RFC 8259, section 7; hexadecimal digits in either case).
     */
    JSON_STRING {
        @Override
        public Regex of(CharSet characters) {
            List<Regex> ways = new ArrayList<>(List.of(utf8(characters.and(UNESCAPED))));
            for (int codePoint = 0; codePoint < 0x60; codePoint++) {
                if (characters.contains(codePoint) && !UNESCAPED.contains(codePoint)) {
                    ways.add(escape(codePoint));
                }
            }
            return Regex.choice(ways);
        }
    };

    /** What stands for itself in a JSON string. */
    public static final CharSet UNESCAPED = CharSet.range(0, 0x1F).or(CharSet.of('"')).or(CharSet.of('\\'))
            .complement();

    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

    /** {@return one character of a set} */
    public abstract Regex of(CharSet characters);

    /** {@return exactly a text; an unpaired surrogate cannot be written} */
    public Regex literal(String text) {
        return Regex.sequence(text.codePoints().mapToObj(c -> of(CharSet.of(c))).toArray(Regex[]::new));
    }

    private static Regex escape(int codePoint) {
        int letter = "\"\\\b\f\n\r\t".indexOf(codePoint);
        if (letter >= 0) {
            return Regex.sequence(ascii('\\'), ascii("\"\\bfnrt".charAt(letter)));
        }
        String hex = "%02x".formatted(codePoint);
        Regex last = Regex.choice(ascii(hex.charAt(1)), ascii(Character.toUpperCase(hex.charAt(1))));
        return Regex.sequence(Regex.literal(new byte[]{'\\', 'u', '0', '0'}), ascii(hex.charAt(0)), last);
    }

    private static Regex ascii(char c) {
        return Regex.bytes(ByteSet.range(c, c));
    }

    private static Regex utf8(CharSet characters) {
        List<Regex> sequences = new ArrayList<>();
        for (CharSet.Range range : characters.ranges()) {
            int first = range.first();
            for (int length = 1; length <= 4; length++) {
                int last = Math.min(range.last(), LAST_OF_LENGTH[length - 1]);
                if (first <= last) {
                    sequences.add(continuation(first, last, length, true));
                    first = last + 1;
                }
            }
        }
        return Regex.choice(sequences);
    }

    /** The last {@code length} bytes of the characters from one to another, which have the same bytes before. */
    private static Regex continuation(int first, int last, int length, boolean leading) {
        int shift = 6 * (length - 1);
        int mark = !leading ? 0x80 : length == 1 ? 0 : 0xF00 >> length & 0xFF;
        int from = first >> shift;
        int to = last >> shift;
        if (length == 1) {
            return Regex.bytes(ByteSet.range(mark | from, mark | to));
        }
        int low = first & (1 << shift) - 1;
        int high = last & (1 << shift) - 1;
        int most = (1 << shift) - 1;
        if (from == to) {
            return Regex.sequence(single(mark | from), continuation(low, high, length - 1, false));
        }
        List<Regex> parts = new ArrayList<>();
        if (low > 0) {
            parts.add(Regex.sequence(single(mark | from), continuation(low, most, length - 1, false)));
            from++;
        }
        if (high < most) {
            parts.add(Regex.sequence(single(mark | to), continuation(0, high, length - 1, false)));
            to--;
        }
        if (from <= to) {
            parts.add(Regex.sequence(Regex.bytes(ByteSet.range(mark | from, mark | to)),
                    continuation(0, most, length - 1, false)));
        }
        return Regex.choice(parts);
    }

    private static Regex single(int value) {
        return Regex.bytes(ByteSet.range(value, value));
    }
}
