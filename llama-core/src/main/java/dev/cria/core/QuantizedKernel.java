package dev.cria.core;

/**
 * The arithmetic on a tile of a {@link QuantizedLayout}: see {@link LevelMatrix}. Stateless and thread-safe.
 */
public interface QuantizedKernel {
    /** {@return whether inputs are {@link Q8Blocks}; otherwise {@link LevelFactors} for a tile that is packed} */
    boolean takesQ8Blocks();

    /** {@return rows of inputs from which it is faster to unpack tiles} */
    int unpackFrom();

    /**
     * Unpacks the scales, summands and levels of a tile, for {@link #multiplyUnpacked}.
     *
     * @param tile a loaded part of one panel
     */
    void unpack(LevelTile tile);

    /**
     * Multiplies a tile of the panels that are multiplied together with its row of inputs, and adds the results to its
     * outputs.
     *
     * @param tile a loaded part of {@link QuantizedLayout#TOGETHER} panels
     */
    void multiply(LevelTile tile);

    /**
     * Multiplies an unpacked tile with rows of inputs and adds the results to the outputs.
     *
     * @param tile an unpacked part of one panel
     * @param x inputs
     * @param rows number of rows
     * @param out outputs, {@code [rows][PANEL_ROWS]} at a stride
     * @param outOffset index of the first output of the first row
     * @param outStride distance between the rows of outputs
     */
    void multiplyUnpacked(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride);

    /** {@return columns that {@link #multiply} takes at a time at most} */
    int columnsTogether();

    /**
     * Expands some columns of a tile to floats, {@code [count][PANEL_ROWS]}.
     *
     * @param tile a loaded part of one panel
     * @param first first column, counted from that of the tile
     * @param count number of columns
     * @param target receives the floats
     * @param offset index of the first of them
     */
    void expand(LevelTile tile, int first, int count, float[] target, int offset);
}
