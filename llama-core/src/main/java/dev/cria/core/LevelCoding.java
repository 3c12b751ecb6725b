package dev.cria.core;

import java.util.ArrayList;
import java.util.List;

/**
 * How the levels of a row of a {@link LevelMatrix} share words of 16 bits, and how they are multiplied while they are
 * packed.
 *
 * <p>A word takes as many levels as fit, the first in the lowest bits. The bits left over at the top of the words of a
 * unit, those of the first word lowest, hold the last levels of the unit: 3 words have 8 levels of 6 bits, 5 words have
 * 16 of 5 bits.
 *
 * <p>Sums of products are kept modulo 2^16, so levels need not be masked. Let a word have levels, or parts of levels,
 * {@code p0, p1, ...} at the bits {@code s0 = 0, s1, ...}. Shifted right to them, it gives the numbers
 * {@code n0, n1, ...}, of which {@code p0 = n0 - 2^(s1 - s0) n1} and so on. With the inputs {@code c0, c1, ...} (a
 * part's input times 2 to the power of the bit of the level at which it begins)
 * {@code p0 c0 + p1 c1 + ... = n0 c0 + n1 (c1 - 2^(s1 - s0) c0) + ...}: the factors of the numbers are the same for all
 * rows of the matrix. See {@link LevelFactors}.
 */
public enum LevelCoding {
    /** Four bits: 4 levels in a word. */
    FOUR(4, 1, 32),
    /** Five bits: 16 levels in 5 words. */
    FIVE(5, 5, 32),
    /** Six bits: 8 levels in 3 words. */
    SIX(6, 3, 16);

    private static final int WORD_BITS = 16;

    /**
     * Neighbouring bits of a word that belong to one level.
     *
     * @param word index of the word in its unit
     * @param shift the lowest of its bits in the word
     * @param width number of bits
     * @param column index of the level in its unit
     * @param bit which bit of the level is the lowest
     */
    public record Piece(int word, int shift, int width, int column, int bit) {
        /** {@return the part of the level}
         * @param wordBits the word
         */
        public int level(int wordBits) {
            return (wordBits >>> shift & ((1 << width) - 1)) << bit;
        }

        /** {@return the part of the word}
         * @param level the level
         */
        public int bits(int level) {
            return (level >>> bit & ((1 << width) - 1)) << shift;
        }
    }

    /**
     * Where the factor of a piece of a unit comes from, see {@link LevelFactors}: it is
     * {@code input[column] * 2^shift - input[columnBefore] * 2^shiftBefore}.
     *
     * @param column the piece's column in its unit
     * @param shift the bit of its level at which it begins
     * @param columnBefore column of the piece before, of which what this one adds is taken off
     * @param shiftBefore {@link Short#SIZE} where nothing is taken off, because nothing is left of an input so far up
     */
    public record Source(int column, int shift, int columnBefore, int shiftBefore) {}

    private final int bits;
    private final int words;
    private final int sumColumns;
    private final List<Piece> pieces;
    private final List<Source> sources;

    LevelCoding(int bits, int words, int sumColumns) {
        this.bits = bits;
        this.words = words;
        this.sumColumns = sumColumns;
        this.pieces = pieces(bits, words);
        this.sources = sources(pieces);
    }

    private static List<Piece> pieces(int bits, int words) {
        int perWord = WORD_BITS / bits;
        int left = WORD_BITS % bits;
        List<Piece> pieces = new ArrayList<>();
        for (int word = 0; word < words; word++) {
            for (int k = 0; k < perWord; k++) {
                pieces.add(new Piece(word, k * bits, bits, word * perWord + k, 0));
            }
            int end = (word + 1) * left;
            for (int position = word * left; position < end;) {
                int bit = position % bits;
                int width = Math.min(bits - bit, end - position);
                pieces.add(new Piece(word, WORD_BITS - (end - position), width, words * perWord + position / bits,
                        bit));
                position += width;
            }
        }
        return List.copyOf(pieces);
    }

    private static List<Source> sources(List<Piece> pieces) {
        List<Source> sources = new ArrayList<>();
        Piece before = pieces.getFirst();
        for (Piece piece : pieces) {
            sources.add(new Source(piece.column(), piece.bit(), before.column(),
                    piece.shift() == 0 ? Short.SIZE : before.bit() + piece.shift() - before.shift()));
            before = piece;
        }
        return List.copyOf(sources);
    }

    /** {@return bits of a level} */
    public int bits() {
        return bits;
    }

    /** {@return words of a unit} */
    public int words() {
        return words;
    }

    /** {@return levels that a word has whole} */
    public int wholeLevels() {
        return WORD_BITS / bits;
    }

    /** {@return levels of a unit} */
    public int columns() {
        return words * WORD_BITS / bits;
    }

    /** {@return the pieces of a unit, word by word from the lowest bit on} */
    public List<Piece> pieces() {
        return pieces;
    }

    /** {@return where the factors of a unit come from, in the order of the pieces} */
    public List<Source> sources() {
        return sources;
    }

    /** {@return what is subtracted from levels, half of what there are} */
    public int centre() {
        return 1 << (bits - 1);
    }

    /**
     * {@return columns of a sum of levels, less the centre, times {@link QuantizedRows inputs in 8 bits}, which has 16
     * bits}
     */
    public int sumColumns() {
        return sumColumns;
    }

    /** {@return what the magnitudes of the inputs of a sum add up to at most} */
    public int mostMagnitudes() {
        return Short.MAX_VALUE / centre();
    }
}
