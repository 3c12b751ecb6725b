package dev.cria.grammar.syntax;

import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.regular.CharSet;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Reads grammars in llama.cpp's GBNF. */
public final class GbnfReader {
    /**
     * What has been read.
     *
     * @param root the start rule
     * @param unused names of rules that the start rule does not lead to
     */
    public record Result(Rule root, List<String> unused) {}

    private static final int DEEPEST = 500;
    private static final int MOST_REPETITIONS = 100_000;

    private final String text;
    private final Map<String, Rule> rules = new LinkedHashMap<>();
    private final Map<String, Integer> places = new LinkedHashMap<>();
    private String ruleName = "";
    private int at;
    private int depth;

    private GbnfReader(String text) {
        this.text = text;
    }

    /**
     * {@return the grammar that a text describes}
     *
     * @throws GrammarException if it is malformed; with line, column and rule
     */
    public static Result read(String text) {
        return new GbnfReader(text).grammar();
    }

    private Result grammar() {
        blanks(true);
        while (at < text.length()) {
            rule();
            blanks(true);
        }
        Rule root = rules.get("root");
        if (root == null || !root.isDefined()) {
            throw new GrammarException("GBNF: expected a rule called root, found "
                    + (rules.isEmpty() ? "no rules" : "only " + String.join(", ", rules.keySet())));
        }
        for (Rule rule : rules.values()) {
            if (!rule.isDefined()) {
                throw at(place(rule), "the rule " + rule.name() + " is not defined");
            }
        }
        Set<Rule> productive = Network.productive(rules.values());
        for (Rule rule : Network.reachable(root)) {
            if (!productive.contains(rule)) {
                throw at(place(rule), "the rule " + rule.name() + " cannot end: no text matches it");
            }
        }
        Set<String> unused = new LinkedHashSet<>(rules.keySet());
        Network.reachable(root).forEach(rule -> unused.remove(rule.name()));
        return new Result(RegularRules.insert(root), List.copyOf(unused));
    }

    private int place(Rule rule) {
        return places.getOrDefault(rule.name(), 0);
    }

    private void rule() {
        int start = at;
        ruleName = "";
        String name = name();
        ruleName = name;
        blanks(false);
        if (!text.startsWith("::=", at)) {
            throw error("expected ::=");
        }
        at += 3;
        blanks(true);
        Rule rule = rules.computeIfAbsent(name, Rule::new);
        if (rule.isDefined()) {
            throw at(start, "the rule " + name + " is defined twice");
        }
        places.put(name, start);
        rule.define(choice(false));
        if (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            throw error("expected the end of the line");
        }
    }

    private String name() {
        int start = at;
        while (at < text.length() && isNamePart(text.charAt(at))) {
            at++;
        }
        if (start == at) {
            throw error("expected the name of a rule");
        }
        return text.substring(start, at);
    }

    private static boolean isNamePart(char c) {
        return c == '-' || CharSet.WORD.contains(c);
    }

    /** Skips blanks and comments; line ends, too, where a rule may go on in the next line. */
    private void blanks(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private Expression choice(boolean inGroup) {
        if (++depth > DEEPEST) {
            throw error("expected groups at most " + DEEPEST + " deep");
        }
        List<Expression> parts = new ArrayList<>(List.of(sequence(inGroup)));
        while (at < text.length() && text.charAt(at) == '|') {
            at++;
            blanks(true);
            parts.add(sequence(inGroup));
        }
        depth--;
        return Expression.choice(parts);
    }

    private Expression sequence(boolean inGroup) {
        List<Expression> parts = new ArrayList<>();
        while (at < text.length()) {
            char c = text.charAt(at);
            Expression part;
            if (c == '"') {
                part = new Expression.Terminal(literal());
            } else if (c == '[') {
                part = new Expression.Terminal(TextEncoding.UTF8.of(characters()));
            } else if (c == '.') {
                at++;
                part = new Expression.Terminal(TextEncoding.UTF8.of(CharSet.ALL));
            } else if (c == '(') {
                part = group();
            } else if (isNamePart(c)) {
                int start = at;
                String name = name();
                places.putIfAbsent(name, start);
                part = new Expression.Reference(rules.computeIfAbsent(name, Rule::new));
            } else if ("*+?{".indexOf(c) >= 0) {
                throw error("expected something to repeat before " + c);
            } else {
                break;
            }
            blanks(inGroup);
            parts.add(repeated(part, inGroup));
        }
        return Expression.sequence(parts);
    }

    private Expression group() {
        int start = at++;
        blanks(true);
        Expression inside = choice(true);
        if (at >= text.length() || text.charAt(at) != ')') {
            throw at >= text.length() ? at(start, "expected ) for this (, found the end") : error("expected )");
        }
        at++;
        return inside;
    }

    private Expression repeated(Expression part, boolean inGroup) {
        Expression result = part;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '*' || c == '+' || c == '?') {
                at++;
                result = Expression.repeat(result, c == '+' ? 1 : 0, c == '?' ? 1 : Regex.UNLIMITED);
            } else if (c == '{') {
                result = counted(result);
            } else {
                break;
            }
            blanks(inGroup);
        }
        return result;
    }

    private Expression counted(Expression part) {
        int start = at++;
        blanks(true);
        int min = number();
        int max = min;
        blanks(true);
        if (at < text.length() && text.charAt(at) == ',') {
            at++;
            blanks(true);
            max = at < text.length() && text.charAt(at) == '}' ? Regex.UNLIMITED : number();
            blanks(true);
        }
        if (at >= text.length() || text.charAt(at) != '}') {
            throw error("expected , or }");
        }
        at++;
        if (max < min) {
            throw at(start, "the least number of repetitions, " + min + ", is above the most, " + max);
        }
        return Expression.repeat(part, min, max);
    }

    private int number() {
        int start = at;
        while (at < text.length() && CharSet.DIGITS.contains(text.charAt(at))) {
            at++;
        }
        if (start == at) {
            throw error("expected a number");
        }
        if (at - start > 9 || Integer.parseInt(text, start, at, 10) > MOST_REPETITIONS) {
            throw at(start, "expected at most " + MOST_REPETITIONS + " repetitions, found "
                    + text.substring(start, at));
        }
        return Integer.parseInt(text, start, at, 10);
    }

    private Regex literal() {
        int start = at++;
        List<Regex> parts = new ArrayList<>();
        while (!closedBy('"', start)) {
            parts.add(TextEncoding.UTF8.of(CharSet.of(character())));
        }
        return Regex.sequence(parts.toArray(Regex[]::new));
    }

    private CharSet characters() {
        int start = at++;
        BooleanSupplier end = () -> closedBy(']', start);
        boolean negated = text.startsWith("^", at);
        if (negated) {
            at++;
        }
        CharSet set = new CharSet(List.of());
        while (!end.getAsBoolean()) {
            int first = character();
            int last = first;
            if (text.startsWith("-", at) && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                int dash = at++;
                last = character();
                if (last < first) {
                    throw at(dash, "a range must not end before it begins");
                }
            }
            set = set.or(CharSet.range(first, last));
        }
        return negated ? set.complement() : set;
    }

    private boolean closedBy(char end, int start) {
        if (at >= text.length()) {
            throw at(start, "expected " + end + " for the " + text.charAt(start) + " here, found the end");
        }
        boolean closed = text.charAt(at) == end;
        if (closed) {
            at++;
        }
        return closed;
    }

    private int character() {
        int start = at;
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        char escaped = at < text.length() ? text.charAt(at++) : ' ';
        return switch (escaped) {
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']' -> escaped;
            default -> throw at(start, "there is no escape \\" + escaped);
        };
    }

    private int hex(int digits) {
        int end = at + digits;
        if (end > text.length() || !text.substring(at, end).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw error("expected " + digits + " hexadecimal digits");
        }
        long value = Long.parseLong(text.substring(at, end), 16);
        if (value > Character.MAX_CODE_POINT || (value >= 0xD800 && value <= 0xDFFF)) {
            throw error("expected the number of a character, not " + text.substring(at, end));
        }
        at = end;
        return (int) value;
    }

    private GrammarException error(String expected) {
        String found = at >= text.length() ? "the end" : switch (text.charAt(at)) {
            case '\n', '\r' -> "the end of the line";
            default -> Character.toString(text.codePointAt(at));
        };
        return at(at, expected + ", found " + found);
    }

    private GrammarException at(int place, String problem) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < place; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new GrammarException("GBNF, line " + line + ", column " + (place - lineStart + 1)
                + (ruleName.isEmpty() ? "" : ", rule " + ruleName) + ": " + problem);
    }
}
