package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the parts of a tile of {@link IntegerPanels} lie, in the order in which a product reads them, because memory is only fast when it is read without leaps: first the levels,
 * {@code [units][words][PANEL_ROWS]} words of 16 bits; then the first factors, {@code [blocks][PANEL_ROWS]} binary16 numbers, and the small scales, {@code [groups][PANEL_ROWS]} signed
 * bytes in the order of the rows; then the second factors and the small minima likewise. Rows r and r + 16 of words and factors share an int, so that the halves of 16 ints become floats in the order of the rows.
 *
 * @param groups factors, scales and groups
 * @param coding how levels share words
 */
record IntegerLayout(GroupLayout groups, LevelCoding coding) {
    static final int HALF = PANEL_ROWS / 2;
    /** Bytes of a word, or a factor, of all rows. */
    static final int WORD_BYTES = 2 * PANEL_ROWS;
    static final ValueLayout.OfShort WORD = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Whether the factors are the scales. */
    boolean small() {
        return groups.scales().isEmpty();
    }

    boolean summed() {
        return groups.factors() == 2;
    }

    /** Blocks of a tile, less for the last one of a row. */
    int tileBlocks() {
        return LevelTile.COLUMNS / groups.columns();
    }

    /** Columns of a group. */
    int groupColumns() {
        return groups.levels().run();
    }

    /** A group, shifted right by this, is its block. */
    int blockShift() {
        return Integer.numberOfTrailingZeros(groups.groups());
    }

    /** Bytes of the levels of a tile, after which the factors begin. */
    int levelBytes(int columns) {
        return columns / coding.columns() * coding.words() * WORD_BYTES;
    }

    /** Bytes from the start of a tile to its first or second factors. */
    int factors(int index, int columns) {
        int scales = small() ? 0 : columns / groupColumns() * PANEL_ROWS;
        return levelBytes(columns) + index * (columns / groups.columns() * WORD_BYTES + scales);
    }

    /** Bytes from the start of a tile to its small scales or minima. */
    int scales(int index, int columns) {
        return factors(index, columns) + columns / groups.columns() * WORD_BYTES;
    }

    /** The place of a row's words among those of all rows. */
    static int place(int row) {
        return row % HALF * 2 + row / HALF;
    }

    /** The level of a row and column of a tile. */
    int level(MemorySegment weights, long tile, int row, int column) {
        long unit = tile + (long) column / coding.columns() * coding.words() * WORD_BYTES + 2L * place(row);
        int level = 0;
        for (LevelCoding.Piece piece : coding.pieces()) {
            if (piece.column() == column % coding.columns()) {
                level |= piece.level(weights.get(WORD, unit + piece.word() * WORD_BYTES) & 0xffff);
            }
        }
        return level;
    }

    /** Says in a tile what it holds. */
    void set(LevelTile tile, MemorySegment weights, long offset, int firstColumn, int columns) {
        tile.set(weights, offset, firstColumn, columns, groupColumns(), summed());
    }
}
