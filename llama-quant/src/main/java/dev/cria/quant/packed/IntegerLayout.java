package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import java.lang.foreign.MemorySegment;

/**
 * Where the parts of a tile of {@link IntegerPanels} lie, in the order in which a product reads them, because memory is only fast when it is read without leaps:
 * the factors, {@code [factors][blocks][PANEL_ROWS]} binary16 numbers; the small scales as in {@link GroupLayout}; then the levels of rows 0 to 15, then those of rows
 * 16 to 31, {@code [columns / 8][16 rows]} ints of eight columns each. Of neighbouring columns the even one is in the lower half of an int, the odd one in the
 * upper, and the four pairs of an int lie four bits apart.
 *
 * @param groups factors, scales and groups
 */
record IntegerLayout(GroupLayout groups) {
    static final int HALF = PANEL_ROWS / 2;
    static final int COLUMNS_PER_WORD = 8;
    /** What a product subtracts from levels, so that they fit into 16 bits with their sign: half of what there are. */
    static final int CENTRE = 8;

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

    /** Bytes from the start of a tile to its levels. */
    int levelStart(int columns) {
        return blocks(columns) * groups.levelStart();
    }

    /** Bytes of the levels of half the rows. */
    static int halfBytes(int columns) {
        return columns / COLUMNS_PER_WORD * 4 * HALF;
    }

    /** The level of a row and column of a tile. */
    int level(MemorySegment weights, long tile, int columns, int row, int column) {
        long word = tile + levelStart(columns) + (long) (row / HALF) * halfBytes(columns)
                + 4L * (column / COLUMNS_PER_WORD * HALF + row % HALF);
        int bit = 4 * (column % COLUMNS_PER_WORD / 2) + 16 * (column % 2);
        return weights.get(F16Panels.INT, word) >>> bit & 15;
    }
}
