package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the parts of a panel of {@link IntegerPanels} lie: in the order in which a product reads them, because memory
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
 * @param groups factors, scales and groups
 * @param coding how levels share words
 */
record IntegerLayout(GroupLayout groups, LevelCoding coding) {
    /**
     * Bytes of panels that take turns: a cache line, which is a word of all rows, so that a product reads memory
     * strictly in order.
     */
    static final int LINE = 64;
    /**
     * Panels that a product takes at a time: a broadcast of an input serves them all. C2 broadcasts from memory what is
     * used more than once, and otherwise through a general register.
     */
    static final int TOGETHER = 2;
    /** Columns of a strip. */
    static final int STRIP = QuantizedRows.BLOCK;
    static final int HALF = PANEL_ROWS / 2;
    /** Bytes of a word, or a binary16 factor, of all rows. */
    static final int WORD_BYTES = 2 * PANEL_ROWS;
    static final ValueLayout.OfShort WORD = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Whether the factors are the scales. */
    boolean small() {
        return groups.scales().isEmpty();
    }

    boolean summed() {
        return groups.factors() == 2;
    }

    /** Columns of a group. */
    int groupColumns() {
        return groups.levels().run();
    }

    /** A strip, shifted right by this, is its block. */
    int blockShift() {
        return Integer.numberOfTrailingZeros(groups.columns() / STRIP);
    }

    /** Bytes of a factor of all rows. */
    int factorBytes() {
        return small() ? WORD_BYTES : Float.BYTES * PANEL_ROWS;
    }

    /** Bytes of the factors at the start of a block. */
    int factorsBytes() {
        return groups.factors() * factorBytes();
    }

    /** Bytes of the small scales, or minima, of a strip. */
    int scalesBytes() {
        return small() ? 0 : STRIP / groupColumns() * PANEL_ROWS;
    }

    /** Bytes from the start of a strip to its words. */
    int levelStart() {
        return groups.factors() * scalesBytes();
    }

    int stripWords() {
        return STRIP / coding.columns() * coding.words();
    }

    int stripBytes() {
        return levelStart() + stripWords() * WORD_BYTES;
    }

    int blockBytes() {
        return factorsBytes() + groups.columns() / STRIP * stripBytes();
    }

    private int block(int column) {
        return column / groups.columns() * blockBytes();
    }

    private int strip(int column) {
        return block(column) + factorsBytes() + column % groups.columns() / STRIP * stripBytes();
    }

    /**
     * Bytes from the start of a panel to the first or second factor of the block of a column: of a row, if they are
     * floats, otherwise of all.
     */
    int factor(int index, int column, int row) {
        return block(column) + index * factorBytes() + (small() ? 0 : Float.BYTES * row);
    }

    /** Bytes from the start of a panel to the small scale or minimum of a row for the group of a column. */
    int scale(int index, int column, int row) {
        return strip(column) + index * scalesBytes() + column % STRIP / groupColumns() * PANEL_ROWS + row;
    }

    /** Bytes from the start of a panel to a word of the unit of a column. */
    int word(int column, int word) {
        return strip(column) + levelStart()
                + (column % STRIP / coding.columns() * coding.words() + word) * WORD_BYTES;
    }

    /**
     * Bytes from the start of a panel to one of its bytes, when the lines of {@link #LINE} bytes of some panels take
     * turns.
     */
    int apart(int bytes) {
        return bytes / LINE * LINE * TOGETHER + bytes % LINE;
    }

    /** The place of a row's words among those of all rows. */
    static int place(int row) {
        return row % HALF * 2 + row / HALF;
    }

    /** The first or second factor of a row and column of a tile. */
    float factor(MemorySegment weights, long tile, int index, int row, int column) {
        long at = tile + apart(factor(index, column, row));
        return small()
                ? Float.float16ToFloat(weights.get(WORD, at + 2L * place(row)))
                : weights.get(FLOAT, at);
    }

    /** The level of a row and column of a tile. */
    int level(MemorySegment weights, long tile, int row, int column) {
        int level = 0;
        for (LevelCoding.Piece piece : coding.pieces()) {
            if (piece.column() == column % coding.columns()) {
                level |= piece
                        .level(weights.get(WORD, tile + apart(word(column, piece.word())) + 2L * place(row)) & 0xffff);
            }
        }
        return level;
    }

    /** Says in a tile what it holds. */
    void set(LevelTile tile, MemorySegment weights, long offset, int firstColumn, int columns) {
        tile.set(weights, offset, firstColumn, columns, groupColumns(), summed());
    }
}
