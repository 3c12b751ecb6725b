package dev.cria.quant.packed;

/**
 * How the weights of one panel of {@link dev.cria.core.Matrix#PANEL_ROWS} rows are laid out in memory. A panel is a run
 * of blocks, each holding {@link #blockColumns()} columns of all rows.
 */
public interface PanelPacking {
    /** {@return columns in a block; the matrix has a multiple of them} */
    int blockColumns();

    /** {@return bytes of a block of all rows of a panel} */
    int blockBytes();

    /** {@return panels, 1 or 2, whose cache lines take turns in memory, because they are multiplied together} */
    default int panelsTogether() {
        return 1;
    }

    /**
     * Rearranges one panel.
     *
     * @param source the rows that exist, one after another as the file stores them, little-endian
     * @param rowBytes bytes of a row
     * @param rows rows that exist, 1 to PANEL_ROWS; the others become zero
     * @param columns columns of a row
     * @param target receives the panel, {@code columns / blockColumns() * blockBytes() / 4} ints
     * @return whether the layout can hold these numbers; if not, the matrix must be used as the file stores it
     */
    boolean pack(byte[] source, int rowBytes, int rows, int columns, int[] target);
}
