package dev.cria.core;

/**
 * A matrix whose weights are small whole numbers, the levels, times a scale for each group of columns of a row, plus a summand in some formats. A group has as many columns as inputs share a scale, {@link QuantizedRows#BLOCK}.
 * It can be multiplied with inputs in 8 bits: within a group, levels times inputs are summed exactly in 16-bit lanes, twice as many in
 * a vector as there are floats, and only the sum becomes a float.
 *
 * <p>A product takes {@link #TILE_COLUMNS} columns of a panel at a time. Every output is one chain of fused multiply-adds, in rising order of the tiles: first of
 * the groups' sums and scales, {@code fma(sum, scale * input scale, out)}, then of the summands, {@code fma(summand, sum of the block's
 * inputs times their scale, out)}. Sums are exact, so the result does not depend on how they were taken.
 */
public interface LevelMatrix extends Matrix {
    /**
     * Reads the scales and summands of a part of a panel, and remembers the part for the other two methods.
     *
     * @param panel panel index
     * @param firstColumn first column, a multiple of {@link #TILE_COLUMNS}
     * @param count columns, at most {@link #TILE_COLUMNS}
     * @param tile receives them
     */
    void load(int panel, int firstColumn, int count, LevelTile tile);

    /**
     * Unpacks the levels of the loaded part to {@link LevelTile#pairs()}.
     *
     * @param tile a loaded part
     */
    void levels(LevelTile tile);

    /**
     * Multiplies the levels of the loaded part with a row of inputs: fills {@link LevelTile#dots()}.
     *
     * @param tile a loaded part
     * @param x inputs
     * @param row which of their rows
     */
    void dots(LevelTile tile, QuantizedRows x, int row);
}
