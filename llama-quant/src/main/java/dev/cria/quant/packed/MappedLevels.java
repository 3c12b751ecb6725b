package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.LevelMatrix;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import dev.cria.quant.StoredTensor;
import java.lang.foreign.MemorySegment;

/**
 * A matrix in the file's mapping whose tiles are packed every time before they are multiplied with inputs in 8 bits: the results are those of {@link PackedLevels}.
 */
final class MappedLevels implements LevelMatrix {
    private final StoredTensor tensor;
    private final MappedMatrix matrix;
    private final IntegerPanels format;
    private final IntegerKernel kernel;

    MappedLevels(StoredTensor tensor, IntegerPanels format, Kernels kernels) {
        this.tensor = tensor;
        this.matrix = new MappedMatrix(tensor, kernels);
        this.format = format;
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
        return matrix.blockColumns();
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
        int first = panel * PANEL_ROWS;
        int rows = Math.min(PANEL_ROWS, rows() - first);
        int rowBytes = Math.toIntExact(tensor.type().rowBytes(count));
        byte[] source = new byte[rows * rowBytes];
        for (int r = 0; r < rows; r++) {
            tensor.copy(first + r, firstColumn, count, source, r * rowBytes);
        }
        int[] packed = new int[count / format.blockColumns() * format.blockBytes() / 4];
        format.pack(source, rowBytes, rows, count, packed);
        kernel.load(MemorySegment.ofArray(packed), 0, firstColumn, count, tile);
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
