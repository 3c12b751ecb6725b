package dev.cria.quant.packed;

import dev.cria.core.LevelTile;

/**
 * The arithmetic on a tile of {@link IntegerPanels}: see {@link dev.cria.core.LevelMatrix}. Stateless and thread-safe.
 */
interface IntegerKernel {
    /** Unpacks the scales, summands and levels of a tile. */
    void unpack(LevelTile tile);

    /**
     * Multiplies a tile of the panels that are multiplied together with its row of inputs, and adds the results to its
     * outputs.
     */
    void multiply(LevelTile tile);

    /**
     * Expands {@code count} columns of a tile, from the column {@code first} on, to floats,
     * {@code [count][PANEL_ROWS]}.
     */
    void expand(LevelTile tile, int first, int count, float[] target, int offset);
}
