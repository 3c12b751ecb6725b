package dev.cria.core;

/**
 * A matrix whose weights are small whole numbers, the levels, times a scale for each group of columns of a row, plus a
 * summand in some formats. It can be multiplied with inputs in 8 bits: within a group, levels times inputs are summed
 * exactly in 16-bit lanes, twice as many in a vector as there are floats, and only the sum becomes a float.
 *
 * <p>A tile is {@link LevelTile#COLUMNS} columns of a panel. Every output is one chain of fused multiply-adds over the
 * blocks of inputs in rising order, {@code fma(sum, scale * input scale, out)} where a block is a group and
 * {@code fma(fma(second sum, second scale, first sum * first scale), input scale, out)} where it is two. The summands
 * of a tile are a sum of their own, from zero on, {@code fma(summand, sum of the block's inputs times their scale, s)},
 * which is added to the output after the last group of the tile. Sums of levels are exact, so the result does not
 * depend on how they were taken.
 */
public interface LevelMatrix extends Matrix {
    /**
     * Says in a tile where a part of a panel is.
     *
     * @param panel panel index
     * @param firstColumn first column, a multiple of {@link LevelTile#COLUMNS}
     * @param count columns, at most {@link LevelTile#COLUMNS}
     * @param tile receives it
     */
    void load(int panel, int firstColumn, int count, LevelTile tile);

    /** {@return panels that {@link QuantizedKernel#multiply} takes at a time, 1 or 2} */
    int panelsTogether();

    /**
     * {@return columns that {@link QuantizedKernel#multiply} takes at a time at most, a multiple of
     * {@link LevelTile#COLUMNS} or all}
     */
    int columnsTogether();

    /**
     * Says in a tile where a part of a panel is, and of the next one if {@link #panelsTogether()} is 2.
     *
     * @param panel panel index, a multiple of {@link #panelsTogether()}; if it is the last one, the rows of the next
     *     one are zero
     * @param firstColumn first column, a multiple of {@link LevelTile#COLUMNS}
     * @param count columns, at most {@link #columnsTogether()}
     * @param tile receives it
     */
    void loadTogether(int panel, int firstColumn, int count, LevelTile tile);

    /** {@return the arithmetic on loaded tiles, with inputs that were prepared for it and the coding} */
    QuantizedKernel kernel();

    /** {@return how its levels are packed} */
    LevelCoding coding();
}
