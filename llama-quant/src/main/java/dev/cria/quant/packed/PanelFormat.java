package dev.cria.quant.packed;

import java.lang.foreign.MemorySegment;

/**
 * How the weights of one panel of {@link dev.cria.core.Matrix#PANEL_ROWS} rows are laid out in memory. A panel is a run of
 * blocks, each holding {@link #blockColumns()} columns of all rows.
 */
public interface PanelFormat {
    /** {@return columns in a block; the matrix has a multiple of them} */
    int blockColumns();

    /** {@return bytes of a block of all rows of a panel} */
    int blockBytes();

    /**
     * Rearranges one panel.
     *
     * @param source rows as the file stores them
     * @param offset offset of the panel's first row in the source, in bytes
     * @param rowBytes distance between rows of the source, in bytes
     * @param rows rows that exist, 1 to PANEL_ROWS; the others become zero
     * @param columns columns of a row
     * @param target receives the panel
     * @param targetOffset offset of the panel in the target, in bytes
     */
    void pack(MemorySegment source, long offset, long rowBytes, int rows, int columns, MemorySegment target,
            long targetOffset);

    /** {@return the arithmetic in plain Java, the specification} */
    PanelKernel plain();

    /** {@return the arithmetic in the Vector API, equal to the plain one to the last bit} */
    PanelKernel vector();
}
