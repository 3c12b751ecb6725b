package dev.cria.grammar.regular;

import dev.cria.grammar.error.GrammarException;
import java.util.List;

/** A regular expression as it is written: characters, and assertions that take no room. */
public sealed interface Pattern {
    /** One character of a set. */
    record Characters(CharSet set) implements Pattern {}

    /** One after another. */
    record Sequence(List<Pattern> parts) implements Pattern {}

    /** One of several. */
    record Choice(List<Pattern> parts) implements Pattern {}

    /** Several times in a row; at most {@link Regex#UNLIMITED} means no limit. */
    record Repeat(Pattern part, int min, int max) implements Pattern {}

    /** {@code ^}. */
    record Start() implements Pattern {}

    /** {@code $}. */
    record End() implements Pattern {}

    /** What follows begins so, or does not. */
    record Lookahead(Pattern part, boolean positive) implements Pattern {}

    /**
     * {@return the texts that match from their beginning to their end}
     *
     * @param encoding how they are written
     */
    default Regex matching(TextEncoding encoding) {
        return followed(this, Regex.EMPTY, true, encoding);
    }

    /**
     * {@return the texts in which a part matches, as in JSON Schema}
     *
     * @param encoding how they are written
     */
    default Regex searching(TextEncoding encoding) {
        Regex any = encoding.of(CharSet.ALL);
        Regex rest = Regex.star(any);
        Regex atStart = followed(this, rest, true, encoding);
        if (!hasStart(this)) {
            return Regex.sequence(rest, atStart);
        }
        return Regex.choice(atStart,
                Regex.sequence(any, rest, followed(this, rest, false, encoding)));
    }

    private static Regex followed(Pattern pattern, Regex tail, boolean start, TextEncoding encoding) {
        if (!hasAssertion(pattern)) {
            return Regex.sequence(plain(pattern, encoding), tail);
        }
        return switch (pattern) {
            case Start _ -> start ? tail : Regex.NOTHING;
            case End _ -> tail.isNullable() ? Regex.EMPTY : Regex.NOTHING;
            case Lookahead look -> {
                Regex ahead = followed(look.part, Regex.star(encoding.of(CharSet.ALL)), start, encoding);
                yield Regex.both(look.positive ? ahead : Regex.not(ahead), tail);
            }
            case Choice choice -> Regex
                    .choice(choice.parts.stream().map(part -> followed(part, tail, start, encoding)).toList());
            case Sequence sequence -> sequence(sequence.parts, tail, start, encoding);
            case Repeat repeat when repeat.max == 1 -> {
                Regex once = followed(repeat.part, tail, start, encoding);
                yield repeat.min == 1 ? once : Regex.choice(once, tail);
            }
            case Repeat _ -> throw new GrammarException("a regular expression with ^, $ or a lookahead inside of a "
                    + "repetition cannot be used; write it without");
            case Characters characters -> Regex.sequence(plain(characters, encoding), tail);
        };
    }

    private static Regex sequence(List<Pattern> parts, Regex tail, boolean start, TextEncoding encoding) {
        if (parts.isEmpty()) {
            return tail;
        }
        Pattern first = parts.getFirst();
        List<Pattern> others = parts.subList(1, parts.size());
        if (!start || takesNoRoom(first) || others.stream().noneMatch(Pattern::hasStart)) {
            boolean still = start && takesNoRoom(first);
            return followed(first, sequence(others, tail, still, encoding), start, encoding);
        }
        // What comes first may be empty, and then a ^ behind it may hold.
        Regex empty = followed(first, Regex.EMPTY, true, encoding);
        Regex whole = Regex.both(empty, Regex.not(Regex.EMPTY));
        return Regex.choice(Regex.sequence(whole, sequence(others, tail, false, encoding)),
                empty.isNullable() ? sequence(others, tail, true, encoding) : Regex.NOTHING);
    }

    private static boolean takesNoRoom(Pattern pattern) {
        return switch (pattern) {
            case Start _,End _,Lookahead _ -> true;
            case Characters _ -> false;
            case Sequence sequence -> sequence.parts.stream().allMatch(Pattern::takesNoRoom);
            case Choice choice -> choice.parts.stream().allMatch(Pattern::takesNoRoom);
            case Repeat repeat -> takesNoRoom(repeat.part);
        };
    }

    private static boolean hasStart(Pattern pattern) {
        return switch (pattern) {
            case Start _ -> true;
            case End _,Characters _ -> false;
            case Lookahead look -> hasStart(look.part);
            case Sequence sequence -> sequence.parts.stream().anyMatch(Pattern::hasStart);
            case Choice choice -> choice.parts.stream().anyMatch(Pattern::hasStart);
            case Repeat repeat -> hasStart(repeat.part);
        };
    }

    private static boolean hasAssertion(Pattern pattern) {
        return switch (pattern) {
            case Start _,End _,Lookahead _ -> true;
            case Characters _ -> false;
            case Sequence sequence -> sequence.parts.stream().anyMatch(Pattern::hasAssertion);
            case Choice choice -> choice.parts.stream().anyMatch(Pattern::hasAssertion);
            case Repeat repeat -> hasAssertion(repeat.part);
        };
    }

    private static Regex plain(Pattern pattern, TextEncoding encoding) {
        return switch (pattern) {
            case Characters characters -> encoding.of(characters.set);
            case Sequence sequence -> Regex
                    .sequence(sequence.parts.stream().map(part -> plain(part, encoding)).toArray(Regex[]::new));
            case Choice choice -> Regex.choice(choice.parts.stream().map(part -> plain(part, encoding)).toList());
            case Repeat repeat -> Regex.repeat(plain(repeat.part, encoding), repeat.min, repeat.max);
            case Start _,End _,Lookahead _ -> throw new AssertionError(pattern);
        };
    }
}
