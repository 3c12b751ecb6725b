package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;

/** A matrix whose panels have been rearranged into a {@link PanelFormat}. */
public final class PackedMatrix implements Matrix {
    private final PackedPanels panels;
    private final PanelKernel kernel;
    private final int blockColumns;

    /**
     * @param panels the weights
     * @param format layout of the panels
     * @param kernels whose arithmetic to use: plain kernels take the plain twin of the format
     */
    public PackedMatrix(PackedPanels panels, PanelFormat format, Kernels kernels) {
        this.panels = panels;
        this.kernel = format.kernel(kernels);
        this.blockColumns = format.blockColumns();
    }

    @Override
    public int rows() {
        return panels.rows();
    }

    @Override
    public int columns() {
        return panels.columns();
    }

    @Override
    public int blockColumns() {
        return blockColumns;
    }

    @Override
    public void row(int row, float[] target, int offset) {
        float[] tile = new float[SCRATCH];
        int lane = row % PANEL_ROWS;
        for (int column = 0; column < columns(); column += TILE_COLUMNS) {
            int count = Math.min(TILE_COLUMNS, columns() - column);
            expand(row / PANEL_ROWS, column, count, tile, 0);
            for (int k = 0; k < count; k++) {
                target[offset + column + k] = tile[k * PANEL_ROWS + lane];
            }
        }
    }

    @Override
    public void expand(int panel, int firstColumn, int count, float[] target, int offset) {
        kernel.expand(panels.weights(), panels.offset(panel, firstColumn), count / blockColumns, target, offset);
    }

    @Override
    public void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch) {
        kernel.multiply(panels.weights(), panels.offset(panel, 0), columns() / blockColumns, x, xOffset, out, outOffset,
                scratch);
    }
}
