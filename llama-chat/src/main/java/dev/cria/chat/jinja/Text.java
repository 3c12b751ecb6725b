package dev.cria.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Python's {@code str}, whose characters know where they come from: from the template itself, or from a message. What
 * is done to a text keeps this for each character; where it cannot, it errs to {@link #OUTSIDE}. Immutable.
 *
 * <p>Indices are those of Java's strings; {@link #length} and {@link #index} count code points, as Python does.
 */
public final class Text implements Value {
    /** Where a character comes from that the template wrote. */
    public static final int TEMPLATE = 0;
    /** Where a character comes from that was given to the template, it is not known by what. */
    public static final int OUTSIDE = -1;
    static final Text EMPTY = new Text("", new int[0], new int[0], false);

    private final String characters;
    /** Where each run of characters of one origin ends, rising; the last is the length. */
    private final int[] ends;
    private final int[] origins;
    private final boolean markup;
    /** Code points; below 0 before they are counted. */
    private int length = -1;

    private Text(String characters, int[] ends, int[] origins, boolean markup) {
        this.characters = characters;
        this.ends = ends;
        this.origins = origins;
        this.markup = markup;
    }

    /**
     * {@return a text}
     *
     * @param characters its characters
     * @param origin where they come from: {@link #TEMPLATE}, {@link #OUTSIDE}, or a number above 0 that the caller
     *        chooses
     */
    public static Text of(String characters, int origin) {
        return characters.isEmpty()
                ? EMPTY
                : new Text(characters, new int[]{characters.length()}, new int[]{origin}, false);
    }

    /** {@return a text that the template wrote} */
    static Text of(String characters) {
        return of(characters, TEMPLATE);
    }

    /**
     * A stretch of characters that come from one place.
     *
     * @param characters the characters, at least one
     * @param origin where they come from
     */
    public record Piece(String characters, int origin) {}

    /** {@return the stretches of which it is made, neighbours of different origins} */
    public List<Piece> pieces() {
        List<Piece> pieces = new ArrayList<>(ends.length);
        for (int i = 0; i < ends.length; i++) {
            pieces.add(new Piece(characters.substring(start(i), ends[i]), origins[i]));
        }
        return pieces;
    }

    private int start(int run) {
        return run == 0 ? 0 : ends[run - 1];
    }

    /** {@return the characters} */
    public String characters() {
        return characters;
    }

    /** {@return where all its characters come from; {@link #OUTSIDE} if they come from several places} */
    int origin() {
        return origins.length == 0 ? TEMPLATE : origins.length == 1 ? origins[0] : OUTSIDE;
    }

    /** {@return whether it counts as HTML that is escaped already, Python's {@code Markup}} */
    boolean isMarkup() {
        return markup;
    }

    Text asMarkup(boolean isMarkup) {
        return new Text(characters, ends, origins, isMarkup);
    }

    boolean isEmpty() {
        return characters.isEmpty();
    }

    /** {@return the number of code points} */
    int length() {
        if (length < 0) {
            length = characters.codePointCount(0, characters.length());
        }
        return length;
    }

    /** {@return the index of a code point} */
    int index(int codePoint) {
        return characters.offsetByCodePoints(0, codePoint);
    }

    /** {@return the number of code points before an index} */
    int codePointsBefore(int index) {
        return characters.codePointCount(0, index);
    }

    Text substring(int from) {
        return substring(from, characters.length());
    }

    Text substring(int from, int to) {
        if (from >= to) {
            return EMPTY;
        }
        int first = run(from);
        int last = run(to - 1);
        int[] newEnds = new int[last - first + 1];
        for (int i = first; i <= last; i++) {
            newEnds[i - first] = Math.min(ends[i], to) - from;
        }
        return new Text(characters.substring(from, to), newEnds, Arrays.copyOfRange(origins, first, last + 1), markup);
    }

    private int run(int index) {
        int at = Arrays.binarySearch(ends, index);
        return at >= 0 ? at + 1 : -at - 1;
    }

    /** {@return the text with other characters, such as the same in upper case} */
    Text map(UnaryOperator<String> change) {
        String changed = change.apply(characters);
        return changed.length() == characters.length()
                ? new Text(changed, ends, origins, markup)
                : of(changed, origin()).asMarkup(markup);
    }

    /** Adds its characters to a builder. */
    void appendTo(TextBuilder builder) {
        for (int i = 0; i < ends.length; i++) {
            builder.append(characters, start(i), ends[i], origins[i]);
        }
    }

    @Override
    public String toString() {
        return characters;
    }

    /** Makes the text that a builder has collected, whose arrays may be longer than needed. */
    static Text built(StringBuilder characters, int[] ends, int[] origins, int runs) {
        return runs == 0
                ? EMPTY
                : new Text(characters.toString(), Arrays.copyOf(ends, runs), Arrays.copyOf(origins, runs), false);
    }
}
