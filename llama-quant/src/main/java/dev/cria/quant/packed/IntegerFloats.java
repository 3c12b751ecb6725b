package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedKernel;

/**
 * A matrix of {@link IntegerPanels} for inputs that are floats.
 *
 * @param rows number of rows
 * @param columns number of columns
 * @param kernel the arithmetic on tiles
 * @param loading where tiles come from
 * @param kernels multiplies what was expanded
 */
record IntegerFloats(int rows, int columns, QuantizedKernel kernel, IntegerMatrix.Loading loading,
        Kernels kernels) implements Matrix {
    @Override
    public int blockColumns() {
        return 1;
    }

    @Override
    public void row(int row, float[] target, int offset) {
        LevelTile tile = new LevelTile();
        float[] expanded = new float[LevelTile.COLUMNS * PANEL_ROWS];
        for (int column = 0; column < columns; column += LevelTile.COLUMNS) {
            int count = Math.min(LevelTile.COLUMNS, columns - column);
            expand(tile, row / PANEL_ROWS, column, count, expanded, 0);
            for (int k = 0; k < count; k++) {
                target[offset + column + k] = expanded[k * PANEL_ROWS + row % PANEL_ROWS];
            }
        }
    }

    @Override
    public void expand(int panel, int firstColumn, int count, float[] target, int offset) {
        expand(new LevelTile(), panel, firstColumn, count, target, offset);
    }

    private void expand(LevelTile tile, int panel, int firstColumn, int count, float[] target, int offset) {
        int column = firstColumn;
        while (column < firstColumn + count) {
            int first = column % LevelTile.COLUMNS;
            int start = column - first;
            int columnsOfTile = Math.min(LevelTile.COLUMNS, columns - start);
            int part = Math.min(columnsOfTile - first, firstColumn + count - column);
            loading.load(panel, 1, start, columnsOfTile, tile);
            kernel.expand(tile, first, part, target, offset + (column - firstColumn) * PANEL_ROWS);
            column += part;
        }
    }

    @Override
    public void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch) {
        LevelTile tile = new LevelTile();
        for (int column = 0; column < columns; column += TILE_COLUMNS) {
            int count = Math.min(TILE_COLUMNS, columns - column);
            expand(tile, panel, column, count, scratch, 0);
            kernels.panelRow(scratch, count, x, xOffset + column, out, outOffset);
        }
    }
}
