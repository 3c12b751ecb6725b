package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.LevelMatrix;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;

/** A packed matrix of {@link IntegerPanels}, which can be multiplied with inputs in 8 bits too. */
final class PackedLevels implements LevelMatrix {
    private final PackedMatrix matrix;
    private final IntegerKernel kernel;

    PackedLevels(PackedMatrix matrix, IntegerPanels format, Kernels kernels) {
        this.matrix = matrix;
        this.kernel = format.kernel(kernels);
    }

    @Override
    public int rows() {
        return matrix.rows();
    }

    @Override
    public int columns() {
        return matrix.columns();
    }

    @Override
    public int blockColumns() {
        return TILE_COLUMNS;
    }

    @Override
    public void row(int row, float[] target, int offset) {
        matrix.row(row, target, offset);
    }

    @Override
    public void expand(int panel, int firstColumn, int count, float[] target, int offset) {
        matrix.expand(panel, firstColumn, count, target, offset);
    }

    @Override
    public void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch) {
        matrix.multiply(panel, x, xOffset, out, outOffset, scratch);
    }

    @Override
    public void load(int panel, int firstColumn, int count, LevelTile tile) {
        kernel.load(matrix.weights(), matrix.offset(panel, firstColumn), firstColumn, count, tile);
    }

    @Override
    public void levels(LevelTile tile) {
        kernel.levels(tile);
    }

    @Override
    public void dots(LevelTile tile, QuantizedRows x, int row) {
        kernel.dots(tile, x, row);
    }
}
