package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.LevelCoding;
import dev.cria.core.LevelMatrix;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.quant.StoredTensor;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of {@link IntegerPanels}, which can be multiplied with inputs in 8 bits besides.
 *
 * @param matrix the same for inputs that are floats
 * @param layout where the parts of tiles lie
 * @param kernel the arithmetic on tiles
 * @param columnsTogether columns that a product takes at a time at most
 * @param loading where tiles come from
 */
record IntegerMatrix(Matrix matrix, QuantizedLayout layout, QuantizedKernel kernel, int columnsTogether,
        Loading loading) implements LevelMatrix {
    private static final int LINE_INTS = QuantizedLayout.LINE / Integer.BYTES;

    /** Loads a part of one panel, or of those that are multiplied together: see {@link LevelMatrix#load}. */
    @FunctionalInterface
    interface Loading {
        void load(int panel, int panels, int firstColumn, int count, LevelTile tile);
    }

    /** A matrix of packed panels. */
    static IntegerMatrix packed(PackedPanels panels, IntegerPanels packing, Kernels kernels) {
        QuantizedLayout layout = packing.layout();
        QuantizedKernel kernel = packing.kernel(kernels);
        Loading loading = (panel, many, firstColumn, count, tile) -> tile.set(layout, panels.weights(),
                panels.offset(panel, firstColumn), firstColumn, count);
        int columnsTogether = Math.min(panels.columns(), kernel.columnsTogether());
        return new IntegerMatrix(new IntegerFloats(panels.rows(), panels.columns(), kernel, loading, kernels), layout,
                kernel, columnsTogether, loading);
    }

    /** A matrix in the file's mapping, whose tiles are packed every time. */
    static IntegerMatrix mapped(StoredTensor tensor, IntegerPanels format, Kernels kernels) {
        QuantizedLayout layout = format.layout();
        return new IntegerMatrix(new MappedMatrix(tensor, kernels), layout, format.kernel(kernels), LevelTile.COLUMNS,
                (panel, many, firstColumn, count, tile) -> tile.set(layout,
                        pack(tensor, format, panel, many, firstColumn, count), 0, firstColumn, count));
    }

    private static MemorySegment pack(StoredTensor tensor, IntegerPanels format, int panel, int panels,
            int firstColumn, int count) {
        int rowBytes = Math.toIntExact(tensor.type().rowBytes(count));
        byte[] source = new byte[PANEL_ROWS * rowBytes];
        int[] packed = new int[count / format.blockColumns() * format.blockBytes() / Integer.BYTES];
        int turns = format.panelsTogether();
        int[] together = new int[turns * packed.length];
        for (int i = 0; i < panels && (long) (panel + i) * PANEL_ROWS < tensor.rows(); i++) {
            int first = (panel + i) * PANEL_ROWS;
            int rows = (int) Math.min(PANEL_ROWS, tensor.rows() - first);
            for (int r = 0; r < rows; r++) {
                tensor.copy(first + r, firstColumn, count, source, r * rowBytes);
            }
            format.pack(source, rowBytes, rows, count, packed);
            for (int line = 0; line < packed.length; line += LINE_INTS) {
                System.arraycopy(packed, line, together, line * turns + i * LINE_INTS, LINE_INTS);
            }
        }
        return MemorySegment.ofArray(together);
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
        loading.load(panel, 1, firstColumn, count, tile);
    }

    @Override
    public int panelsTogether() {
        return QuantizedLayout.TOGETHER;
    }

    @Override
    public void loadTogether(int panel, int firstColumn, int count, LevelTile tile) {
        loading.load(panel, QuantizedLayout.TOGETHER, firstColumn, count, tile);
    }

    @Override
    public LevelCoding coding() {
        return layout.coding();
    }
}
