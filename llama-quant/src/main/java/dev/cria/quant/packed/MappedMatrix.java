package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.quant.QuantType;
import dev.cria.quant.StoredTensor;
import java.util.Arrays;

/**
 * A matrix that stays as the file has it, row by row, in the file's mapping. It takes no memory of its own, so it may
 * be larger than the machine's, but a product has to turn rows into lanes every time. The results are those of
 * {@link PackedMatrix}.
 */
public final class MappedMatrix implements Matrix {
    private final StoredTensor tensor;
    private final int rows;
    private final int columns;
    private final QuantType type;
    private final Kernels kernels;

    /**
     * @param tensor the weights; its mapping must outlive the matrix
     * @param kernels the primitives to use
     */
    public MappedMatrix(StoredTensor tensor, Kernels kernels) {
        this.tensor = tensor;
        this.rows = Math.toIntExact(tensor.rows());
        this.columns = Math.toIntExact(tensor.columns());
        this.type = tensor.type();
        this.kernels = kernels;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int blockColumns() {
        return type.blockSize();
    }

    @Override
    public void row(int row, float[] target, int offset) {
        tensor.decode(row, 0, columns, target, offset);
    }

    @Override
    public void expand(int panel, int firstColumn, int count, float[] target, int offset) {
        int first = panel * PANEL_ROWS;
        int present = Math.min(PANEL_ROWS, rows - first);
        float[] row = new float[count];
        for (int r = 0; r < present; r++) {
            tensor.decode(first + r, firstColumn, count, row, 0);
            for (int k = 0; k < count; k++) {
                target[offset + k * PANEL_ROWS + r] = row[k];
            }
        }
        if (present < PANEL_ROWS) {
            for (int k = 0; k < count; k++) {
                int at = offset + k * PANEL_ROWS;
                Arrays.fill(target, at + present, at + PANEL_ROWS, 0f);
            }
        }
    }

    @Override
    public void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch) {
        for (int column = 0; column < columns; column += TILE_COLUMNS) {
            int count = Math.min(TILE_COLUMNS, columns - column);
            expand(panel, column, count, scratch, 0);
            kernels.panelRow(scratch, count, x, xOffset + column, out, outOffset);
        }
    }
}
