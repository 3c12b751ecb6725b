package dev.cria.quant.packed;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A matrix whose panels have been rearranged into a {@link PanelFormat}. */
public final class PackedMatrix implements Matrix {
    /** Cache lines and the widest vectors have 64 bytes. */
    private static final long ALIGNMENT = 64;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int rows;
    private final int columns;
    private final PanelFormat format;
    private final PanelKernel kernel;
    private final MemorySegment weights;
    private final int blockColumns;
    private final int blockBytes;
    private final long panelBytes;

    /**
     * A matrix with room for its panels, which {@link #pack} fills.
     *
     * @param rows number of rows
     * @param columns number of columns, a multiple of the format's block
     * @param format layout of the panels
     * @param kernels whose arithmetic to use: plain kernels take the plain twin of the format
     * @param allocator where the weights live
     */
    public PackedMatrix(int rows, int columns, PanelFormat format, Kernels kernels, SegmentAllocator allocator) {
        if (columns % format.blockColumns() != 0) {
            throw new IllegalArgumentException(
                    columns + " columns are not a multiple of the block of " + format.blockColumns());
        }
        this.rows = rows;
        this.columns = columns;
        this.format = format;
        this.kernel = kernels == Kernels.plain() ? format.plain() : format.vector();
        this.blockColumns = format.blockColumns();
        this.blockBytes = format.blockBytes();
        this.panelBytes = (long) columns / blockColumns * blockBytes;
        this.weights = allocator.allocate(panels() * panelBytes, ALIGNMENT);
    }

    /**
     * Fills one panel. Different panels may be filled by different threads.
     *
     * @param panel panel index
     * @param source the panel's rows, one after another as the file stores them
     * @param rowBytes bytes of a row
     * @param target scratch space of {@link #panelInts()} ints
     * @return whether the format can hold these numbers
     */
    public boolean pack(int panel, byte[] source, int rowBytes, int[] target) {
        if (!format.pack(source, rowBytes, rowsOf(panel), columns, target)) {
            return false;
        }
        MemorySegment.copy(target, 0, weights, INT, panel * panelBytes, panelInts());
        return true;
    }

    /** {@return the size of a packed panel in ints} */
    public int panelInts() {
        return Math.toIntExact(panelBytes / Integer.BYTES);
    }

    /**
     * {@return the rows that a panel has}
     *
     * @param panel panel index
     */
    public int rowsOf(int panel) {
        return Math.min(PANEL_ROWS, rows - panel * PANEL_ROWS);
    }

    /** The packed weights. */
    MemorySegment weights() {
        return weights;
    }

    /** Where a column of a panel begins in the packed weights. */
    long offset(int panel, int column) {
        return panel * panelBytes + (long) column / blockColumns * blockBytes;
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
        return blockColumns;
    }

    @Override
    public void row(int row, float[] target, int offset) {
        float[] tile = new float[SCRATCH];
        int lane = row % PANEL_ROWS;
        for (int column = 0; column < columns; column += TILE_COLUMNS) {
            int count = Math.min(TILE_COLUMNS, columns - column);
            expand(row / PANEL_ROWS, column, count, tile, 0);
            for (int k = 0; k < count; k++) {
                target[offset + column + k] = tile[k * PANEL_ROWS + lane];
            }
        }
    }

    @Override
    public void expand(int panel, int firstColumn, int count, float[] target, int offset) {
        kernel.expand(weights, offset(panel, firstColumn), count / blockColumns, target, offset);
    }

    @Override
    public void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch) {
        kernel.multiply(weights, panel * panelBytes, columns / blockColumns, x, xOffset, out, outOffset,
                scratch);
    }
}
