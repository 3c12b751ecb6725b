package dev.cria.core;

/**
 * A weight matrix, {@code [rows][columns]}, in some storage format. Kernels see it as panels of {@value #PANEL_ROWS}
 * rows: in a panel the rows are the lanes of a vector and the columns follow one another, so that every output element
 * is one chain of fused multiply-adds in rising column order, however many tokens are multiplied at once, with whatever
 * vector width, on however many threads. Two products of the same numbers are therefore equal to the last bit.
 *
 * <p>Implementations are immutable and thread-safe.
 */
public interface Matrix {
    /** Rows of a panel: two vectors of 512 bits, the widest in use; narrower machines take a panel in several steps. */
    int PANEL_ROWS = 32;

    /** {@return the number of rows, which is the number of outputs of a product} */
    int rows();

    /** {@return the number of columns, which is the number of inputs of a product} */
    int columns();

    /**
     * The granularity of columns: {@code firstColumn} and {@code count} of {@link #expand} are multiples of it, except
     * that the last run may end at {@link #columns()}.
     *
     * @return columns in a block of the storage format
     */
    int blockColumns();

    /**
     * Copies one row as floats.
     *
     * @param row row index
     * @param target receives {@link #columns()} numbers
     * @param offset index of the first of them
     */
    void row(int row, float[] target, int offset);

    /**
     * Expands part of a panel to floats, {@code [count][PANEL_ROWS]}. Rows beyond the last are zero.
     *
     * @param panel panel index; its first row is {@code panel * PANEL_ROWS}
     * @param firstColumn first column, a multiple of {@link #blockColumns()}
     * @param count number of columns
     * @param target receives {@code count * PANEL_ROWS} numbers
     * @param offset index of the first of them
     */
    void expand(int panel, int firstColumn, int count, float[] target, int offset);

    /**
     * Multiplies one panel with one row of inputs and adds the result to {@code out}.
     *
     * @param panel panel index
     * @param x inputs
     * @param xOffset index of the first of {@link #columns()} inputs
     * @param out receives {@link #PANEL_ROWS} sums, on top of what is there
     * @param outOffset index of the first of them
     * @param scratch at least {@value #SCRATCH} floats that the implementation may overwrite
     */
    void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch);

    /**
     * Columns of a panel that are expanded at a time: 256 columns x 32 rows x 4 bytes fill two thirds of a 48 KiB L1
     * cache.
     */
    int TILE_COLUMNS = 256;

    /** Floats of scratch space that {@link #multiply} may use: one tile. */
    int SCRATCH = TILE_COLUMNS * PANEL_ROWS;

    /** {@return the number of panels, the last of which may be partly filled} */
    default int panels() {
        return (rows() + PANEL_ROWS - 1) / PANEL_ROWS;
    }
}
