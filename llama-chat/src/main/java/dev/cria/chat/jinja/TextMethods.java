package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.TupleOf;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The methods of Python's {@code str}, without those that make bytes. */
final class TextMethods {
    /** A method, with what it is called with. */
    interface Method {
        Value call(Run run, Text self, Arguments arguments);
    }

    /** A method, with what it is called with by parameter. */
    private interface BoundMethod {
        Value call(Run run, Text self, Bound arguments);
    }

    private static final Map<String, Method> METHODS = methods();

    private TextMethods() {}

    /** {@return the method of a name} */
    static Optional<Method> named(String name) {
        return Optional.ofNullable(METHODS.get(name));
    }

    private static Map<String, Method> methods() {
        Map<String, Method> all = new LinkedHashMap<>();
        positional(all, "strip", 0, 1, (run, self, a) -> strip(self, a, true, true, run.budget()));
        positional(all, "lstrip", 0, 1, (run, self, a) -> strip(self, a, true, false, run.budget()));
        positional(all, "rstrip", 0, 1, (run, self, a) -> strip(self, a, false, true, run.budget()));
        add(all, Signature.of("split", 0, "sep", "maxsplit"), (run, self, a) -> split(self, a, false, run.budget()));
        add(all, Signature.of("rsplit", 0, "sep", "maxsplit"), (run, self, a) -> split(self, a, true, run.budget()));
        add(all, Signature.of("splitlines", 0, "keepends"),
                (run, self, a) -> new ListOf(List.copyOf(lines(self, a.flag(0), run.budget()))));
        positional(all, "partition", 1, 1, (run, self, a) -> partition(self, a.text(0), false, run.budget()));
        positional(all, "rpartition", 1, 1, (run, self, a) -> partition(self, a.text(0), true, run.budget()));
        positional(all, "startswith", 1, 3, (run, self, a) -> hasAffix(self, a, String::startsWith, run.budget()));
        positional(all, "endswith", 1, 3, (run, self, a) -> hasAffix(self, a, String::endsWith, run.budget()));
        positional(all, "removeprefix", 1, 1, (run, self, a) -> self.characters().startsWith(a.text(0).characters())
                ? part(self, a.text(0).characters().length(), self.characters().length(), run.budget())
                : self);
        positional(all, "removesuffix", 1, 1, (run, self, a) -> self.characters().endsWith(a.text(0).characters())
                ? part(self, 0, self.characters().length() - a.text(0).characters().length(), run.budget())
                : self);
        positional(all, "replace", 2, 3,
                (run, self, a) -> replace(self, a.text(0), a.text(1), a.integer(2, -1), run.budget()));
        positional(all, "join", 1, 1, (run, self, a) -> join(self, a.required(0), run.budget()));
        positional(all, "find", 1, 3, (run, self, a) -> Int.of(find(self, a, false, run.budget())));
        positional(all, "rfind", 1, 3, (run, self, a) -> Int.of(find(self, a, true, run.budget())));
        positional(all, "index", 1, 3, (run, self, a) -> Int.of(found(find(self, a, false, run.budget()))));
        positional(all, "rindex", 1, 3, (run, self, a) -> Int.of(found(find(self, a, true, run.budget()))));
        positional(all, "count", 1, 3, (run, self, a) -> Int.of(count(self, a, run.budget())));
        change(all, "upper", Characters::upper);
        change(all, "lower", Characters::lower);
        change(all, "casefold", text -> Characters.lower(Characters.upper(text)));
        change(all, "title", Characters::titled);
        change(all, "capitalize", Characters::capitalized);
        change(all, "swapcase", Characters::swapped);
        positional(all, "ljust", 1, 2, (run, self, a) -> pad(self, 0, missing(self, a), fill(a), run.budget()));
        positional(all, "rjust", 1, 2, (run, self, a) -> pad(self, missing(self, a), 0, fill(a), run.budget()));
        positional(all, "center", 1, 2,
                (run, self, a) -> center(self, a.integer(0, 0), fill(a), run.budget()));
        positional(all, "zfill", 1, 1, (run, self, a) -> zeroFill(self, missing(self, a), run.budget()));
        add(all, Signature.of("expandtabs", 0, "tabsize"),
                (run, self, a) -> expandTabs(self, a.integer(0, 8), run.budget()));
        check(all, "isalpha", text -> all(text, Character::isLetter));
        check(all, "isalnum", text -> all(text, Characters::isAlphanumeric));
        check(all, "isdecimal", text -> all(text, Character::isDigit));
        check(all, "isdigit", text -> all(text, Characters::isDigit));
        check(all, "isnumeric", text -> all(text, Characters::isNumeric));
        check(all, "isspace", text -> all(text, Characters::isSpace));
        check(all, "isascii", text -> text.chars().allMatch(c -> c < 0x80));
        check(all, "isprintable", text -> text.codePoints().allMatch(Characters::isPrintable));
        check(all, "islower", Characters::isLower);
        check(all, "isupper", Characters::isUpper);
        check(all, "istitle", text -> text.codePoints().anyMatch(Characters::isCased)
                && Characters.titled(text).equals(text));
        check(all, "isidentifier", Characters::isIdentifier);
        all.put("format", (run, self, a) -> new BraceFormat(run, self, a).apply());
        all.put("format_map", (run, self, a) -> {
            Bound mapping = Signature.positional("format_map", 1, 1).bind(a);
            return new BraceFormat(run, self, new Arguments(List.of(), named(mapping.required(0)))).apply();
        });
        return all;
    }

    private static void add(Map<String, Method> all, Signature signature, BoundMethod method) {
        all.put(signature.function(), (run, self, arguments) -> method.call(run, self, signature.bind(arguments)));
    }

    private static void positional(Map<String, Method> all, String name, int required, int most,
            BoundMethod method) {
        add(all, Signature.positional(name, required, most), method);
    }

    private static void change(Map<String, Method> all, String name, UnaryOperator<String> change) {
        positional(all, name, 0, 0, (run, self, a) -> {
            run.budget().spendText(self.characters().length(), 0);
            return self.map(change);
        });
    }

    private static void check(Map<String, Method> all, String name, Predicate<String> check) {
        positional(all, name, 0, 0, (run, self, a) -> {
            run.budget().spendText(self.characters().length(), 0);
            return Bool.of(check.test(self.characters()));
        });
    }

    private static boolean all(String text, IntPredicate check) {
        return !text.isEmpty() && text.codePoints().allMatch(check);
    }

    private static Map<String, Value> named(Value mapping) {
        if (!(mapping instanceof Dict dict)) {
            throw Failure.runtime("format_map() takes a mapping, not " + Types.name(mapping));
        }
        Map<String, Value> named = new LinkedHashMap<>();
        for (Dict.Entry entry : dict.entries()) {
            if (entry.key() instanceof Text name) {
                named.put(name.characters(), entry.value());
            }
        }
        return named;
    }

    /** {@return a text without the characters at its ends that the first argument lists, or white space} */
    static Text strip(Text self, Bound arguments, boolean left, boolean right, Budget budget) {
        budget.spendText(self.characters().length(), 0);
        if (arguments.unlessNone(0).isEmpty()) {
            return strip(self, Characters::isSpace, left, right);
        }
        String set = arguments.text(0).characters();
        budget.spendSearch(self.characters().length(), set.length());
        return strip(self, c -> set.indexOf(c) >= 0, left, right);
    }

    private static Text strip(Text self, IntPredicate kind, boolean left, boolean right) {
        String text = self.characters();
        int from = 0;
        int to = text.length();
        while (left && from < to && kind.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && kind.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return self.substring(from, to);
    }

    private static Value split(Text self, Bound arguments, boolean fromRight, Budget budget) {
        int most = arguments.integer(1, -1) < 0 ? Integer.MAX_VALUE : arguments.integer(1, -1);
        if (arguments.unlessNone(0).isEmpty()) {
            return new ListOf(fromRight ? wordsFromRight(self, most, budget) : words(self, most, budget));
        }
        Text separator = nonEmpty(arguments.text(0));
        String text = self.characters();
        budget.spendSearch(text.length(), separator.characters().length());
        List<Value> parts = new ArrayList<>();
        int width = separator.characters().length();
        if (fromRight) {
            int to = text.length();
            for (int at = lastBefore(text, separator, to); at >= 0
                    && parts.size() < most; at = lastBefore(text, separator, to)) {
                parts.add(part(self, at + width, to, budget));
                to = at;
            }
            parts.add(part(self, 0, to, budget));
            return new ListOf(parts.reversed());
        }
        int from = 0;
        for (int at = text.indexOf(separator.characters()); at >= 0
                && parts.size() < most; at = text.indexOf(separator.characters(), from)) {
            parts.add(part(self, from, at, budget));
            from = at + width;
        }
        parts.add(part(self, from, text.length(), budget));
        return new ListOf(parts);
    }

    private static int lastBefore(String text, Text part, int end) {
        return text.lastIndexOf(part.characters(), end - part.characters().length());
    }

    private static Text nonEmpty(Text separator) {
        if (separator.isEmpty()) {
            throw Failure.runtime("empty separator");
        }
        return separator;
    }

    private static Text part(Text text, int from, int to, Budget budget) {
        budget.spendElements(1);
        budget.spendText(to - from, 0);
        return text.substring(from, to);
    }

    private static List<Value> words(Text self, int most, Budget budget) {
        String text = self.characters();
        List<Value> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && Characters.isSpace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return words;
            }
            int from = at;
            if (words.size() == most) {
                words.add(part(self, from, text.length(), budget));
                return words;
            }
            while (at < text.length() && !Characters.isSpace(text.charAt(at))) {
                at++;
            }
            words.add(part(self, from, at, budget));
        }
    }

    private static List<Value> wordsFromRight(Text self, int most, Budget budget) {
        String text = self.characters();
        List<Value> words = new ArrayList<>();
        int at = text.length();
        while (true) {
            while (at > 0 && Characters.isSpace(text.charAt(at - 1))) {
                at--;
            }
            if (at == 0) {
                return words.reversed();
            }
            int to = at;
            if (words.size() == most) {
                words.add(part(self, 0, to, budget));
                return words.reversed();
            }
            while (at > 0 && !Characters.isSpace(text.charAt(at - 1))) {
                at--;
            }
            words.add(part(self, at, to, budget));
        }
    }

    /** {@return the lines of a text, with their ends or without} */
    static List<Text> lines(Text self, boolean keepEnds, Budget budget) {
        String text = self.characters();
        List<Text> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            if (Characters.isLineEnd(text.charAt(at))) {
                int end = text.startsWith("\r\n", at) ? at + 2 : at + 1;
                lines.add(part(self, from, keepEnds ? end : at, budget));
                from = end;
                at = end - 1;
            }
        }
        if (from < text.length()) {
            lines.add(part(self, from, text.length(), budget));
        }
        return lines;
    }

    private static Value partition(Text self, Text separator, boolean last, Budget budget) {
        nonEmpty(separator);
        String text = self.characters();
        budget.spendSearch(text.length(), separator.characters().length());
        budget.spendText(text.length(), 0);
        int at = last ? text.lastIndexOf(separator.characters()) : text.indexOf(separator.characters());
        if (at < 0) {
            return new TupleOf(last ? List.of(Text.EMPTY, Text.EMPTY, self) : List.of(self, Text.EMPTY, Text.EMPTY));
        }
        int end = at + separator.characters().length();
        return new TupleOf(List.of(self.substring(0, at), self.substring(at, end), self.substring(end)));
    }

    /** A test of the beginning or the end of a text. */
    private interface Affix {
        boolean test(String text, String affix);
    }

    private static Value hasAffix(Text self, Bound arguments, Affix affix, Budget budget) {
        Optional<String> within = within(self, arguments, budget).map(Range::text);
        List<Value> candidates = arguments.required(0) instanceof TupleOf tuple
                ? tuple.items()
                : List.of(arguments.text(0));
        boolean holds = false;
        for (Value candidate : candidates) {
            if (!(candidate instanceof Text text)) {
                throw Failure.runtime(arguments.function() + " first arg must be str or a tuple of str, not "
                        + Types.name(candidate));
            }
            budget.spendText(text.characters().length(), 0);
            holds |= within.isPresent() && affix.test(within.get(), text.characters());
        }
        return Bool.of(holds);
    }

    /** A part of a text, and the index where it begins. */
    private record Range(int begin, String text) {}

    /** {@return the part of a text that the second and third argument bound, nothing if they cross} */
    private static Optional<Range> within(Text self, Bound arguments, Budget budget) {
        if (arguments.get(1).isEmpty()) {
            return Optional.of(new Range(0, self.characters()));
        }
        budget.spendText(self.characters().length(), 0);
        int length = self.length();
        // a beginning beyond the end finds nothing, not even the empty text
        int from = Slice.lowerBound(arguments.get(1).orElse(None.NONE), length);
        int to = Slice.bound(arguments.get(2).orElse(None.NONE), length, length);
        return from > to
                ? Optional.empty()
                : Optional.of(new Range(self.index(from), self.characters().substring(self.index(from),
                        self.index(to))));
    }

    private static int find(Text self, Bound arguments, boolean last, Budget budget) {
        String part = arguments.text(0).characters();
        Optional<Range> within = within(self, arguments, budget);
        if (within.isEmpty()) {
            return -1;
        }
        budget.spendSearch(within.get().text.length(), part.length());
        int at = last ? within.get().text.lastIndexOf(part) : within.get().text.indexOf(part);
        return at < 0 ? -1 : self.codePointsBefore(within.get().begin + at);
    }

    private static int found(int index) {
        if (index < 0) {
            throw Failure.runtime("substring not found");
        }
        return index;
    }

    private static int count(Text self, Bound arguments, Budget budget) {
        String part = arguments.text(0).characters();
        Optional<Range> within = within(self, arguments, budget);
        if (within.isEmpty()) {
            return 0;
        }
        String text = within.get().text;
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1;
        }
        budget.spendSearch(text.length(), part.length());
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    /** {@return a text with another one put for a part, at most so many times from the left if that is not below 0} */
    static Text replace(Text self, Text part, Text by, int most, Budget budget) {
        String text = self.characters();
        String old = part.characters();
        budget.spendSearch(text.length(), old.length());
        TextBuilder result = new TextBuilder(budget);
        int from = 0;
        int done = 0;
        for (int at = text.indexOf(old); at >= 0 && done != most; done++) {
            result.append(self.substring(from, at)).append(by);
            from = at + old.length();
            if (!old.isEmpty()) {
                at = text.indexOf(old, from);
            } else if (at < text.length()) {
                // the empty text is found between any two characters
                at += Character.charCount(text.codePointAt(at));
            } else {
                at = -1;
            }
        }
        return result.append(self.substring(from)).toText().asMarkup(self.isMarkup());
    }

    private static Text join(Text self, Value items, Budget budget) {
        TextBuilder joined = new TextBuilder(budget);
        int index = 0;
        for (Iterator<Value> each = Iteration.over(items, budget); each.hasNext(); index++) {
            Value item = each.next();
            if (!(item instanceof Text text)) {
                throw Failure.runtime("sequence item " + index + ": expected str instance, " + Types.name(item)
                        + " found");
            }
            if (index > 0) {
                joined.append(self);
            }
            joined.append(text);
            budget.spend(1);
        }
        return joined.toText();
    }

    private static int missing(Text self, Bound arguments) {
        return Math.max(0, arguments.integer(0, 0) - self.length());
    }

    private static Text fill(Bound arguments) {
        if (arguments.get(1).isEmpty()) {
            return Text.of(" ");
        }
        Text fill = arguments.text(1);
        if (fill.length() != 1) {
            throw Failure.runtime("The fill character must be exactly one character long");
        }
        return fill;
    }

    /** {@return a text in the middle of a width, one more on the right or the left as Python has it} */
    static Text center(Text self, int width, Text fill, Budget budget) {
        int missing = Math.max(0, width - self.length());
        int left = missing / 2 + (missing & width & 1);
        return pad(self, left, missing - left, fill, budget);
    }

    private static Text pad(Text self, int left, int right, Text fill, Budget budget) {
        budget.spendText((long) left + right, self.characters().length());
        TextBuilder padded = new TextBuilder(budget);
        for (int i = 0; i < left; i++) {
            padded.append(fill);
        }
        padded.append(self);
        for (int i = 0; i < right; i++) {
            padded.append(fill);
        }
        return padded.toText().asMarkup(self.isMarkup());
    }

    private static Text zeroFill(Text self, int missing, Budget budget) {
        boolean signed = self.characters().startsWith("-") || self.characters().startsWith("+");
        Text digits = pad(self.substring(signed ? 1 : 0), missing, 0, Text.of("0"), budget);
        return new TextBuilder(budget).append(self.substring(0, signed ? 1 : 0)).append(digits).toText();
    }

    private static Text expandTabs(Text self, int size, Budget budget) {
        TextBuilder expanded = new TextBuilder(budget);
        int column = 0;
        for (Value each : Iteration.toList(self, budget)) {
            Text character = (Text) each;
            switch (character.characters()) {
                case "\t" -> {
                    int spaces = size < 1 ? 0 : size - column % size;
                    budget.spendText(spaces, self.characters().length());
                    expanded.append(" ".repeat(spaces));
                    column += spaces;
                }
                case "\n", "\r" -> {
                    expanded.append(character);
                    column = 0;
                }
                default -> {
                    expanded.append(character);
                    column++;
                }
            }
        }
        return expanded.toText();
    }
}
