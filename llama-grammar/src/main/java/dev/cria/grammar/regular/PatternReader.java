package dev.cria.grammar.regular;

import dev.cria.grammar.error.GrammarException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Reads regular expressions in the syntax of ECMAScript (ECMA-262, section 22.2, with the leniency of its annex B), as
 * far as they describe regular languages: no references to groups, no lookbehind, no word boundaries.
 */
public final class PatternReader {
    private static final int DEEPEST = 200;
    private static final int MOST_REPETITIONS = 100_000;

    private final String text;
    private int at;
    private int depth;

    private PatternReader(String text) {
        this.text = text;
    }

    /**
     * {@return a regular expression}
     *
     * @throws GrammarException if it is malformed or has something that is not regular; with the column
     */
    public static Pattern read(String text) {
        PatternReader reader = new PatternReader(text);
        Pattern pattern = reader.choice();
        if (reader.at < text.length()) {
            throw reader.error("expected the end, found a ) without a (");
        }
        return pattern;
    }

    private GrammarException error(String problem) {
        return new GrammarException("regular expression, column " + (at + 1) + ": " + problem + ": "
                + (text.length() > 200 ? text.substring(0, 200) + "..." : text));
    }

    private boolean take(String expected) {
        boolean found = text.startsWith(expected, at);
        if (found) {
            at += expected.length();
        }
        return found;
    }

    private Pattern choice() {
        if (++depth > DEEPEST) {
            throw error("groups are nested more than " + DEEPEST + " deep");
        }
        List<Pattern> parts = new ArrayList<>();
        do {
            parts.add(sequence());
        } while (take("|"));
        depth--;
        return parts.size() == 1 ? parts.getFirst() : new Pattern.Choice(parts);
    }

    private Pattern sequence() {
        List<Pattern> parts = new ArrayList<>();
        while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Pattern.Sequence(parts);
    }

    private Pattern quantified(Pattern atom) {
        int start = at;
        int min;
        int max;
        if (take("*")) {
            min = 0;
            max = Regex.UNLIMITED;
        } else if (take("+")) {
            min = 1;
            max = Regex.UNLIMITED;
        } else if (take("?")) {
            min = 0;
            max = 1;
        } else if (startsRepetition()) {
            at++;
            min = number();
            max = min;
            if (take(",")) {
                max = text.charAt(at) == '}' ? Regex.UNLIMITED : number();
            }
            at++;
            if (max < min) {
                at = start;
                throw error("the least number of repetitions, " + min + ", is above the most, " + max);
            }
        } else {
            return atom;
        }
        take("?");
        if (at < text.length() && ("*+?".indexOf(text.charAt(at)) >= 0 || startsRepetition())) {
            throw error("expected something to repeat, found a second repetition");
        }
        return new Pattern.Repeat(atom, min, max);
    }

    private boolean startsRepetition() {
        return text.startsWith("{", at) && java.util.regex.Pattern.compile("\\{[0-9]+(,[0-9]*)?\\}")
                .matcher(text).region(at, text.length()).lookingAt();
    }

    private int number() {
        int start = at;
        while (Character.isDigit(text.charAt(at))) {
            at++;
        }
        if (at - start > 6 || Integer.parseInt(text, start, at, 10) > MOST_REPETITIONS) {
            at = start;
            throw error("expected at most " + MOST_REPETITIONS + " repetitions");
        }
        return Integer.parseInt(text, start, at, 10);
    }

    private Pattern atom() {
        int start = at;
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return switch (c) {
            case '^' -> new Pattern.Start();
            case '$' -> new Pattern.End();
            case '.' -> new Pattern.Characters(CharSet.LINE_END.complement());
            case '(' -> group(start);
            case '[' -> new Pattern.Characters(bracket(start));
            case '\\' -> new Pattern.Characters(escape(false));
            case '*', '+', '?' -> throw nothingToRepeat(start);
            default -> {
                if (c == '{') {
                    at = start;
                    if (startsRepetition()) {
                        throw nothingToRepeat(start);
                    }
                    at++;
                }
                yield new Pattern.Characters(CharSet.of(c));
            }
        };
    }

    private GrammarException nothingToRepeat(int start) {
        at = start;
        return error("expected something to repeat before " + text.charAt(start));
    }

    private Pattern group(int start) {
        Boolean lookahead = null;
        if (take("?=")) {
            lookahead = true;
        } else if (take("?!")) {
            lookahead = false;
        } else if (text.startsWith("?<=", at) || text.startsWith("?<!", at)) {
            throw error("lookbehind is not supported");
        } else if (take("?<") || take("?P<")) {
            int end = text.indexOf('>', at);
            if (end < 0) {
                throw error("expected > after the name of a group");
            }
            at = end + 1;
        } else if (!take("?:") && text.startsWith("?", at)) {
            throw error("expected ?:, ?=, ?! or ?<name> after (");
        }
        Pattern inside = choice();
        if (!take(")")) {
            at = start;
            throw error("expected ) for this (");
        }
        return lookahead == null ? inside : new Pattern.Lookahead(inside, lookahead);
    }

    private CharSet bracket(int start) {
        boolean negated = take("^");
        CharSet set = new CharSet(List.of());
        while (true) {
            if (at >= text.length()) {
                at = start;
                throw error("expected ] for this [");
            }
            if (take("]")) {
                return negated ? set.complement() : set;
            }
            int from = at;
            CharSet first = member();
            if (text.startsWith("-", at) && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                at++;
                CharSet last = member();
                if (!isSingle(first) || !isSingle(last)) {
                    // As annex B has it: the dash is one of the characters.
                    set = set.or(first).or(CharSet.of('-')).or(last);
                    continue;
                }
                int low = first.ranges().getFirst().first();
                int high = last.ranges().getFirst().first();
                if (low > high) {
                    at = from;
                    throw error("a range must not end before it begins");
                }
                set = set.or(CharSet.range(low, high));
            } else {
                set = set.or(first);
            }
        }
    }

    private static boolean isSingle(CharSet set) {
        return set.ranges().size() == 1 && set.ranges().getFirst().first() == set.ranges().getFirst().last();
    }

    private CharSet member() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c == '\\' ? escape(true) : CharSet.of(c);
    }

    private CharSet escape(boolean inBracket) {
        if (at >= text.length()) {
            throw error("expected a character after \\");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return switch (c) {
            case 'd' -> CharSet.DIGITS;
            case 'D' -> CharSet.DIGITS.complement();
            case 'w' -> CharSet.WORD;
            case 'W' -> CharSet.WORD.complement();
            case 's' -> CharSet.SPACE;
            case 'S' -> CharSet.SPACE.complement();
            case 't' -> CharSet.of('\t');
            case 'n' -> CharSet.of('\n');
            case 'r' -> CharSet.of('\r');
            case 'f' -> CharSet.of('\f');
            case 'v' -> CharSet.of(0x0B);
            case 'a' -> CharSet.of(7);
            case '0' -> CharSet.of(0);
            case 'x' -> CharSet.of(hex(2));
            case 'u' -> unicode();
            case 'c' -> control();
            case 'p', 'P' -> property(c == 'P');
            case 'b' -> {
                if (!inBracket) {
                    throw error("word boundaries are not supported");
                }
                yield CharSet.of('\b');
            }
            default -> {
                if ((c >= '1' && c <= '9') || c == 'k') {
                    throw error("references to groups are not supported");
                }
                if (Character.isLetterOrDigit(c)) {
                    throw error("there is no escape \\" + Character.toString(c));
                }
                yield CharSet.of(c);
            }
        };
    }

    private CharSet control() {
        if (at >= text.length() || !CharSet.WORD.contains(text.charAt(at)) || Character.isDigit(text.charAt(at))) {
            throw error("expected a letter after \\c");
        }
        return CharSet.of(text.charAt(at++) & 0x1F);
    }

    private CharSet unicode() {
        if (take("{")) {
            int end = text.indexOf('}', at);
            if (end < 0 || end - at > 6 || end == at) {
                throw error("expected at most 6 hexadecimal digits and } after \\u{");
            }
            int value = hex(end - at);
            at++;
            return CharSet.of(value);
        }
        int value = hex(4);
        if (Character.isHighSurrogate((char) value) && take("\\u")) {
            int low = hex(4);
            return CharSet.of(Character.toCodePoint((char) value, (char) low));
        }
        return CharSet.of(value);
    }

    private int hex(int digits) {
        int end = at + digits;
        if (end > text.length() || !text.substring(at, end).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw error("expected " + digits + " hexadecimal digits");
        }
        int value = Integer.parseInt(text, at, end, 16);
        at = end;
        return value;
    }

    private CharSet property(boolean negated) {
        int end = text.indexOf('}', at);
        if (!text.startsWith("{", at) || end < 0) {
            throw error("expected {name} after \\p");
        }
        String name = text.substring(at + 1, end);
        IntPredicate holds = GeneralCategory.named(name)
                .orElseThrow(() -> error("there is no general category " + name + ", or it is not supported"));
        at = end + 1;
        List<CharSet.Range> ranges = new ArrayList<>();
        for (int c = 0; c <= 0x10FFFF; c++) {
            if (holds.test(c)) {
                int first = c;
                while (c < 0x10FFFF && holds.test(c + 1)) {
                    c++;
                }
                ranges.add(new CharSet.Range(first, c));
            }
        }
        CharSet set = new CharSet(ranges);
        return negated ? set.complement() : set;
    }
}
