package dev.cria.grammar.regular;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode characters.
 *
 * @param ranges in rising order, neither overlapping nor touching
 */
public record CharSet(List<Range> ranges) {
    /**
     * Characters from one to another.
     *
     * @param first first code point
     * @param last last code point, included
     */
    public record Range(int first, int last) {}

    /** Every character; halves of surrogate pairs are none. */
    public static final CharSet ALL = new CharSet(List.of(new Range(0, 0xD7FF), new Range(0xE000, 0x10FFFF)));
    /** The digits 0 to 9. */
    public static final CharSet DIGITS = range('0', '9');
    /** Letters, digits and underscore, of ASCII. */
    public static final CharSet WORD = DIGITS.or(range('a', 'z')).or(range('A', 'Z')).or(of('_'));
    /** White space as ECMAScript has it. */
    public static final CharSet SPACE = range(9, 13).or(of(' ')).or(of(0xA0)).or(of(0x1680)).or(range(0x2000, 0x200A))
            .or(range(0x2028, 0x2029)).or(of(0x202F)).or(of(0x205F)).or(of(0x3000)).or(of(0xFEFF));
    /** What ends a line in ECMAScript. */
    public static final CharSet LINE_END = of('\n').or(of('\r')).or(range(0x2028, 0x2029));

    /** Sorts and joins ranges. */
    public CharSet {
        List<Range> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingInt(Range::first));
        List<Range> joined = new ArrayList<>();
        for (Range range : sorted) {
            if (range.first > range.last) {
                continue;
            }
            Range before = joined.isEmpty() ? null : joined.getLast();
            if (before != null && range.first <= before.last + 1) {
                joined.set(joined.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
            } else {
                joined.add(range);
            }
        }
        ranges = List.copyOf(joined);
    }

    /** {@return one character} */
    public static CharSet of(int codePoint) {
        return range(codePoint, codePoint);
    }

    /** {@return the characters from one to another, both included; none if they are the wrong way round} */
    public static CharSet range(int first, int last) {
        return new CharSet(List.of(new Range(first, last)));
    }

    /** {@return the characters of this set and of another} */
    public CharSet or(CharSet other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return new CharSet(all);
    }

    /** {@return the characters of this set that are in another} */
    public CharSet and(CharSet other) {
        List<Range> common = new ArrayList<>();
        for (Range mine : ranges) {
            for (Range theirs : other.ranges) {
                common.add(new Range(Math.max(mine.first, theirs.first), Math.min(mine.last, theirs.last)));
            }
        }
        return new CharSet(common);
    }

    /** {@return all characters that are not in this set} */
    public CharSet complement() {
        List<Range> gaps = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            gaps.add(new Range(next, range.first - 1));
            next = range.last + 1;
        }
        gaps.add(new Range(next, 0x10FFFF));
        return new CharSet(gaps).and(ALL);
    }

    /** {@return whether a character is in the set} */
    public boolean contains(int codePoint) {
        return ranges.stream().anyMatch(range -> range.first <= codePoint && codePoint <= range.last);
    }
}
