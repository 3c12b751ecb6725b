package dev.cria.grammar.regular;

import dev.cria.grammar.error.GrammarTooLargeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A regular language over bytes as an expression that can be derived (Brzozowski 1964; Owens, Reppy and Turon 2009):
 * {@code derive(b)} is the language of what may follow the byte {@code b}. Besides sequence, choice and repetition
 * there are intersection and complement, which cost nothing here, and divisibility of decimal numbers. Immutable; equal
 * if built equally, up to the order of choices and intersections.
 */
public final class Regex {
    private enum Kind {
        NOTHING, EMPTY, BYTES, SEQUENCE, CHOICE, BOTH, NOT, REPEAT, MULTIPLE;

        /** The same in every run, so that choices keep one order. */
        private final int hash = name().hashCode();
    }

    /** As the most repetitions: no limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Expressions larger than this are refused: one derivative would take milliseconds. */
    private static final int LARGEST = 400_000;

    private static final Regex[] NO_PARTS = {};

    /** The language without any text. */
    public static final Regex NOTHING = new Regex(Kind.NOTHING, NO_PARTS, ByteSet.NONE, 0, 0, null);
    /** The language of the empty text only. */
    public static final Regex EMPTY = new Regex(Kind.EMPTY, NO_PARTS, ByteSet.NONE, 0, 0, null);
    /** All byte strings. */
    public static final Regex EVERYTHING = new Regex(Kind.NOT, new Regex[]{NOTHING}, ByteSet.NONE, 0, 0, null);

    private final Kind kind;
    private final Regex[] parts;
    private final ByteSet bytes;
    private final int min;
    private final int max;
    private final @Nullable Divisibility divisibility;
    private final int hash;
    private final int size;
    private final boolean nullable;
    private final boolean mayBeEmpty;

    private Regex(Kind kind, Regex[] parts, ByteSet bytes, int min, int max,
            @Nullable Divisibility divisibility) {
        this.kind = kind;
        this.parts = parts;
        this.bytes = bytes;
        this.min = min;
        this.max = max;
        this.divisibility = divisibility;
        int h = 31 * (31 * (31 * kind.hash + bytes.hashCode()) + min) + max;
        long total = 1;
        boolean uncertain = kind == Kind.BOTH || kind == Kind.NOT || kind == Kind.MULTIPLE;
        for (Regex part : parts) {
            h = 1_000_003 * h + part.hash;
            total += part.size;
            uncertain |= part.mayBeEmpty;
        }
        this.hash = (divisibility == null ? h : 31 * h + divisibility.hashCode()) * 0x9E3779B1;
        if (total > LARGEST) {
            throw new GrammarTooLargeException("a regular expression grows beyond " + LARGEST + " parts");
        }
        this.size = (int) total;
        this.mayBeEmpty = uncertain;
        this.nullable = switch (kind) {
            case NOTHING, BYTES -> false;
            case EMPTY -> true;
            case SEQUENCE, BOTH -> all(parts);
            case CHOICE -> any(parts);
            case NOT -> !parts[0].nullable;
            case REPEAT -> min == 0;
            case MULTIPLE -> divisibility != null && divisibility.holds();
        };
    }

    private static boolean all(Regex[] parts) {
        for (Regex part : parts) {
            if (!part.nullable) {
                return false;
            }
        }
        return true;
    }

    private static boolean any(Regex[] parts) {
        for (Regex part : parts) {
            if (part.nullable) {
                return true;
            }
        }
        return false;
    }

    /** {@return one byte of a set} */
    public static Regex bytes(ByteSet set) {
        return set.isEmpty() ? NOTHING : new Regex(Kind.BYTES, NO_PARTS, set, 0, 0, null);
    }

    /** {@return exactly these bytes} */
    public static Regex literal(byte[] text) {
        Regex result = EMPTY;
        for (int i = text.length - 1; i >= 0; i--) {
            result = sequence(bytes(ByteSet.range(text[i] & 0xFF, text[i] & 0xFF)), result);
        }
        return result;
    }

    /** {@return one after another} */
    public static Regex sequence(Regex... parts) {
        Regex result = EMPTY;
        for (int i = parts.length - 1; i >= 0; i--) {
            result = sequence(parts[i], result);
        }
        return result;
    }

    /** {@return first one, then the other} */
    public static Regex sequence(Regex first, Regex second) {
        if (first == NOTHING || second == NOTHING) {
            return NOTHING;
        }
        if (first == EMPTY) {
            return second;
        }
        if (second == EMPTY) {
            return first;
        }
        if (first.kind == Kind.SEQUENCE) {
            return sequence(first.parts[0], sequence(first.parts[1], second));
        }
        return new Regex(Kind.SEQUENCE, new Regex[]{first, second}, ByteSet.NONE, 0, 0, null);
    }

    /** {@return one or the other} */
    public static Regex choice(Regex... parts) {
        return choice(Arrays.asList(parts));
    }

    /** {@return any of them} */
    public static Regex choice(Collection<Regex> parts) {
        Set<Regex> members = new HashSet<>();
        ByteSet single = ByteSet.NONE;
        for (Regex part : parts) {
            if (part.equals(EVERYTHING)) {
                return EVERYTHING;
            }
            for (Regex member : part.kind == Kind.CHOICE ? part.parts : new Regex[]{part}) {
                if (member.kind == Kind.BYTES) {
                    single = single.or(member.bytes);
                } else if (member != NOTHING) {
                    members.add(member);
                }
            }
        }
        if (!single.isEmpty()) {
            members.add(bytes(single));
        }
        if (members.contains(EMPTY) && members.stream().anyMatch(member -> member != EMPTY && member.nullable)) {
            members.remove(EMPTY);
        }
        return of(Kind.CHOICE, members, NOTHING);
    }

    /** {@return what is in all of them} */
    public static Regex both(Regex... parts) {
        Set<Regex> members = new HashSet<>();
        for (Regex part : parts) {
            if (part == NOTHING) {
                return NOTHING;
            }
            for (Regex member : part.kind == Kind.BOTH ? part.parts : new Regex[]{part}) {
                if (!member.equals(EVERYTHING)) {
                    members.add(member);
                }
            }
        }
        if (members.contains(EMPTY)) {
            return members.stream().allMatch(member -> member.nullable) ? EMPTY : NOTHING;
        }
        return of(Kind.BOTH, members, EVERYTHING);
    }

    private static Regex of(Kind kind, Set<Regex> members, Regex none) {
        if (members.isEmpty()) {
            return none;
        }
        if (members.size() == 1) {
            return members.iterator().next();
        }
        Regex[] sorted = members.toArray(NO_PARTS);
        Arrays.sort(sorted, Comparator.comparingInt(part -> part.hash));
        return new Regex(kind, sorted, ByteSet.NONE, 0, 0, null);
    }

    /** {@return all byte strings that are not in a language} */
    public static Regex not(Regex part) {
        if (part == NOTHING) {
            return EVERYTHING;
        }
        return part.kind == Kind.NOT
                ? part.parts[0]
                : new Regex(Kind.NOT, new Regex[]{part}, ByteSet.NONE, 0, 0, null);
    }

    /**
     * {@return a language several times in a row}
     *
     * @param part what is repeated
     * @param min least number of times
     * @param max most, or {@link #UNLIMITED}
     */
    public static Regex repeat(Regex part, int min, int max) {
        if (max == 0 || part == EMPTY) {
            return EMPTY;
        }
        if (part == NOTHING) {
            return min == 0 ? EMPTY : NOTHING;
        }
        if (min == 1 && max == 1) {
            return part;
        }
        if (part.kind == Kind.REPEAT && part.min == 0 && part.max == UNLIMITED) {
            return part;
        }
        return new Regex(Kind.REPEAT, new Regex[]{part}, ByteSet.NONE, part.nullable ? 0 : min, max, null);
    }

    /** {@return any number of times} */
    public static Regex star(Regex part) {
        return repeat(part, 0, UNLIMITED);
    }

    /** {@return once or not at all} */
    public static Regex optional(Regex part) {
        return choice(part, EMPTY);
    }

    /** {@return decimal numbers without sign and exponent that are multiples of something} */
    public static Regex multiple(Divisibility divisibility) {
        return new Regex(Kind.MULTIPLE, NO_PARTS, ByteSet.NONE, 0, 0, divisibility);
    }

    /** {@return what may follow a byte, 0 to 255} */
    public Regex derive(int value) {
        return switch (kind) {
            case NOTHING, EMPTY -> NOTHING;
            case BYTES -> bytes.contains(value) ? EMPTY : NOTHING;
            case SEQUENCE -> {
                Regex first = sequence(parts[0].derive(value), parts[1]);
                yield parts[0].nullable ? choice(first, parts[1].derive(value)) : first;
            }
            case CHOICE -> {
                List<Regex> derived = new ArrayList<>(parts.length);
                for (Regex part : parts) {
                    Regex next = part.derive(value);
                    if (next != NOTHING) {
                        derived.add(next);
                    }
                }
                yield choice(derived);
            }
            case BOTH -> {
                Regex[] derived = new Regex[parts.length];
                for (int i = 0; i < parts.length; i++) {
                    derived[i] = parts[i].derive(value);
                    if (derived[i] == NOTHING) {
                        yield NOTHING;
                    }
                }
                yield both(derived);
            }
            case NOT -> not(parts[0].derive(value));
            case REPEAT -> sequence(parts[0].derive(value),
                    repeat(parts[0], Math.max(min - 1, 0), max == UNLIMITED ? max : max - 1));
            case MULTIPLE -> divisibility == null
                    ? NOTHING
                    : divisibility.after(value).map(Regex::multiple).orElse(NOTHING);
        };
    }

    /** {@return whether the empty text is in the language} */
    public boolean isNullable() {
        return nullable;
    }

    /** {@return whether only a search can tell that there is a text in the language} */
    boolean mayBeEmpty() {
        return mayBeEmpty;
    }

    /** Adds all sets of bytes that occur in the expression, and so in its derivatives. */
    void collect(Set<ByteSet> sets, Set<Regex> seen) {
        List<Regex> open = new ArrayList<>(List.of(this));
        while (!open.isEmpty()) {
            Regex next = open.removeLast();
            if (!seen.add(next)) {
                continue;
            }
            if (next.kind == Kind.BYTES) {
                sets.add(next.bytes);
            }
            if (next.kind == Kind.MULTIPLE) {
                for (char c : "0123456789.".toCharArray()) {
                    sets.add(ByteSet.range(c, c));
                }
            }
            open.addAll(Arrays.asList(next.parts));
        }
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object object) {
        if (!(object instanceof Regex other)) {
            return false;
        }
        Regex mine = this;
        Regex theirs = other;
        // The last part of a sequence is the long one: no recursion for it.
        while (mine != theirs) {
            if (mine.hash != theirs.hash || mine.kind != theirs.kind || mine.parts.length != theirs.parts.length
                    || mine.min != theirs.min || mine.max != theirs.max || !mine.bytes.equals(theirs.bytes)
                    || !Objects.equals(mine.divisibility, theirs.divisibility)) {
                return false;
            }
            int last = mine.parts.length - 1;
            if (last < 0) {
                return true;
            }
            for (int i = 0; i < last; i++) {
                if (!mine.parts[i].equals(theirs.parts[i])) {
                    return false;
                }
            }
            mine = mine.parts[last];
            theirs = theirs.parts[last];
        }
        return true;
    }
}
