package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the parts of a tile of {@link IntegerPanels} lie, in the order in which a product reads them, because memory is only fast when it is read without leaps:
 * the factors, {@code [factors][blocks][PANEL_ROWS]} binary16 numbers; the small scales as in {@link GroupLayout}; then the levels, {@code [units][words][PANEL_ROWS]} words of 16 bits.
 * Rows r and r + 16 share an int, so that the halves of 16 ints become floats in the order of the rows.
 *
 * @param groups factors, scales and groups
 * @param coding how levels share words
 */
record IntegerLayout(GroupLayout groups, LevelCoding coding) {
    static final int HALF = PANEL_ROWS / 2;
    /** Bytes of a word of all rows. */
    static final int WORD_BYTES = 2 * PANEL_ROWS;
    private static final ValueLayout.OfShort WORD = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Whether the factors are the scales. */
    boolean small() {
        return groups.scales().isEmpty();
    }

    int tileBlocks() {
        return TILE_COLUMNS / groups.columns();
    }

    int blocks(int columns) {
        return columns / groups.columns();
    }

    /** Columns of a group. */
    int groupColumns() {
        return groups.levels().run();
    }

    /** Bytes from the start of a tile to its levels. */
    int levelStart(int columns) {
        return blocks(columns) * groups.levelStart();
    }

    /** The place of a row's words among those of all rows. */
    static int place(int row) {
        return row % HALF * 2 + row / HALF;
    }

    /** The level of a row and column of a tile. */
    int level(MemorySegment weights, long tile, int columns, int row, int column) {
        long unit = tile + levelStart(columns) + (long) column / coding.columns() * coding.words() * WORD_BYTES
                + 2L * place(row);
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
        tile.set(weights, offset, firstColumn, columns, groupColumns(), groups.factors() == 2);
    }
}
