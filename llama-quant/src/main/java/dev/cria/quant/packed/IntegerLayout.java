package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import java.lang.foreign.MemorySegment;

/**
 * Where the parts of a tile of {@link IntegerPanels} lie, in the order in which a product reads them, because memory is only fast when it is read without leaps:
 * the factors, {@code [factors][blocks][PANEL_ROWS]} binary16 numbers; the small scales as in {@link GroupLayout}; then the levels of rows 0 to 15, then those of rows 16 to 31.
 * Levels are cut in two. Their lowest bits beyond four, if any, come first: {@code [blocks of 32 columns][lowBits][16 rows]} ints. Then the other four bits,
 * {@code [columns / 8][16 rows]} ints of eight columns each. Of neighbouring columns the even one is in the lower half of an int, the odd one in the upper, and the four pairs
 * of an int lie four bits apart, those of low bits too: the low bits of pair n of word i of a block of 32 are in its int {@code i * lowBits / 4} at bit
 * {@code 4 n + i * lowBits % 4}.
 *
 * @param groups factors, scales and groups, and the size of the levels
 * @param lowBits bits of a level beyond four
 */
record IntegerLayout(GroupLayout groups, int lowBits) {
    static final int HALF = PANEL_ROWS / 2;
    static final int COLUMNS_PER_WORD = 8;
    static final int WORDS_PER_BLOCK = 4;
    /** Columns whose low bits share ints. */
    static final int BLOCK = COLUMNS_PER_WORD * WORDS_PER_BLOCK;

    /** What a product subtracts from levels, so that they fit into 16 bits with their sign: half of what there are. */
    int centre() {
        return 8 << lowBits;
    }

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

    /** Bytes of the low bits of half the rows. */
    int lowBytes(int columns) {
        return columns / BLOCK * lowBits * 4 * HALF;
    }

    /** Bytes of the levels of half the rows. */
    int halfBytes(int columns) {
        return lowBytes(columns) + columns / COLUMNS_PER_WORD * 4 * HALF;
    }

    /** The level of a row and column of a tile. */
    int level(MemorySegment weights, long tile, int columns, int row, int column) {
        long half = tile + levelStart(columns) + (long) (row / HALF) * halfBytes(columns) + 4L * (row % HALF);
        int word = column / COLUMNS_PER_WORD;
        int bit = 4 * (column % COLUMNS_PER_WORD / 2) + 16 * (column % 2);
        int upper = weights.get(F16Panels.INT, half + lowBytes(columns) + 4L * HALF * word) >>> bit & 15;
        if (lowBits == 0) {
            return upper;
        }
        int place = word % WORDS_PER_BLOCK * lowBits;
        int low = weights.get(F16Panels.INT,
                half + 4L * HALF * (word / WORDS_PER_BLOCK * lowBits + place / 4)) >>> (bit + place % 4);
        return (upper << lowBits) | (low & ((1 << lowBits) - 1));
    }
}
