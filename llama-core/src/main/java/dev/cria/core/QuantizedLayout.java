package dev.cria.core;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the parts of a panel of a {@link LevelMatrix} lie: in the order in which a product reads them, because memory
 * is only fast when it is read without leaps. Block after block there are first the factors,
 * {@code [factors][PANEL_ROWS]}, and then strips of {@link QuantizedRows#BLOCK} columns, which share a scale of the
 * inputs: the small scales of the strip's groups, {@code [groups][PANEL_ROWS]} signed bytes, its small minima likewise,
 * and its levels, {@code [words][PANEL_ROWS]} words of 16 bits.
 *
 * <p>Factors that are scales themselves are binary16 numbers, and those of row r and r + 16 share an int, as their
 * words do, so that the halves of 16 ints become floats in the order of the rows. The factors of small scales are
 * floats: they are often subnormal binary16, which takes too long to widen for every product.
 *
 * <p>Products take two panels at a time, whose lines take turns in memory.
 *
 * @param coding how levels share words
 * @param blockColumns columns of a block: {@link #STRIP}, and its factors are the scale and minimum of its only group;
 *     or several strips, whose groups have small scales
 * @param groupColumns columns of a group, 16 or 32
 * @param summed whether there are minima: groups then have 32 columns
 */
public record QuantizedLayout(LevelCoding coding, int blockColumns, int groupColumns, boolean summed) {
    /**
     * Bytes of panels that take turns: a cache line, which is a word of all rows, so that a product reads memory
     * strictly in order.
     */
    public static final int LINE = 64;
    /**
     * Panels that a product takes at a time: a broadcast of an input serves them all. C2 broadcasts from memory what is
     * used more than once, and otherwise through a general register.
     */
    public static final int TOGETHER = 2;
    /** Columns of a strip. */
    public static final int STRIP = QuantizedRows.BLOCK;
    /** The rows of a panel whose factors and words are in the lower halves of ints. */
    public static final int HALF = PANEL_ROWS / 2;
    /** Bytes of a word, or a binary16 factor, of all rows. */
    public static final int WORD_BYTES = 2 * PANEL_ROWS;

    private static final ValueLayout.OfShort WORD = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    /** {@return whether the factors are the scales, as binary16} */
    public boolean halfScales() {
        return blockColumns == STRIP;
    }

    /** {@return how many factors a block has: scales, and minima} */
    public int factors() {
        return summed ? 2 : 1;
    }

    /** {@return strips of a block} */
    public int blockStrips() {
        return blockColumns / STRIP;
    }

    /** {@return a number: a strip, shifted right by it, is its block} */
    public int blockShift() {
        return Integer.numberOfTrailingZeros(blockStrips());
    }

    /** {@return bytes of a factor of all rows} */
    public int factorBytes() {
        return halfScales() ? WORD_BYTES : Float.BYTES * PANEL_ROWS;
    }

    /** {@return bytes of the factors at the start of a block} */
    public int factorsBytes() {
        return factors() * factorBytes();
    }

    /** {@return bytes of the small scales, or minima, of a strip} */
    public int scalesBytes() {
        return halfScales() ? 0 : STRIP / groupColumns * PANEL_ROWS;
    }

    /** {@return bytes from the start of a strip to its words} */
    public int levelStart() {
        return factors() * scalesBytes();
    }

    /** {@return words of a row in a strip} */
    public int stripWords() {
        return STRIP / coding.columns() * coding.words();
    }

    /** {@return bytes of a strip of a panel} */
    public int stripBytes() {
        return levelStart() + stripWords() * WORD_BYTES;
    }

    /** {@return bytes of a block of a panel} */
    public int blockBytes() {
        return factorsBytes() + blockStrips() * stripBytes();
    }

    private int block(int column) {
        return column / blockColumns * blockBytes();
    }

    private int strip(int column) {
        return block(column) + factorsBytes() + column % blockColumns / STRIP * stripBytes();
    }

    /**
     * {@return bytes from the start of a panel to the first or second factor of the block of a column: of a row, if
     * they are floats, otherwise of all}
     *
     * @param index 0 or 1
     * @param column which column
     * @param row which row
     */
    public int factor(int index, int column, int row) {
        return block(column) + index * factorBytes() + (halfScales() ? 0 : Float.BYTES * row);
    }

    /**
     * {@return bytes from the start of a panel to the small scale or minimum of a row for the group of a column}
     *
     * @param index 0 for the scale, 1 for the minimum
     * @param column which column
     * @param row which row
     */
    public int scale(int index, int column, int row) {
        return strip(column) + index * scalesBytes() + column % STRIP / groupColumns * PANEL_ROWS + row;
    }

    /**
     * {@return bytes from the start of a panel to a word of the unit of a column}
     *
     * @param column which column
     * @param word which word of the unit
     */
    public int word(int column, int word) {
        return strip(column) + levelStart()
                + (column % STRIP / coding.columns() * coding.words() + word) * WORD_BYTES;
    }

    /**
     * {@return bytes from the start of a panel to one of its bytes, when the lines of {@link #LINE} bytes of some
     * panels take turns}
     *
     * @param bytes the same when they do not
     */
    public int apart(int bytes) {
        return bytes / LINE * LINE * TOGETHER + bytes % LINE;
    }

    /** The place of a row's words among those of all rows. */
    private static int place(int row) {
        return row % HALF * 2 + row / HALF;
    }

    /**
     * {@return the first or second factor of a row and column of a tile}
     *
     * @param weights packed weights
     * @param tile where the tile begins in them
     * @param index 0 or 1
     * @param row which row
     * @param column which column
     */
    public float factor(MemorySegment weights, long tile, int index, int row, int column) {
        long at = tile + apart(factor(index, column, row));
        return halfScales()
                ? Float.float16ToFloat(weights.get(WORD, at + 2L * place(row)))
                : weights.get(FLOAT, at);
    }

    /**
     * {@return the level of a row and column of a tile}
     *
     * @param weights packed weights
     * @param tile where the tile begins in them
     * @param row which row
     * @param column which column
     */
    public int level(MemorySegment weights, long tile, int row, int column) {
        int level = 0;
        for (LevelCoding.Piece piece : coding.pieces()) {
            if (piece.column() == column % coding.columns()) {
                level |= piece
                        .level(weights.get(WORD, tile + apart(word(column, piece.word())) + 2L * place(row)) & 0xffff);
            }
        }
        return level;
    }
}
