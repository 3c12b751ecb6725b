package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Weights that have been rearranged into a {@link PanelPacking}. */
public final class PackedPanels {
    /** Cache lines and the widest vectors have 64 bytes. */
    private static final long ALIGNMENT = 64;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int rows;
    private final int columns;
    private final PanelPacking packing;
    private final long panelBytes;
    private final MemorySegment weights;

    /**
     * Room for panels, which {@link #pack} fills.
     *
     * @param rows number of rows
     * @param columns number of columns, a multiple of the packing's block
     * @param packing layout of the panels
     * @param allocator where the weights live
     */
    public PackedPanels(int rows, int columns, PanelPacking packing, SegmentAllocator allocator) {
        if (columns % packing.blockColumns() != 0) {
            throw new IllegalArgumentException(
                    columns + " columns are not a multiple of the block of " + packing.blockColumns());
        }
        this.rows = rows;
        this.columns = columns;
        this.packing = packing;
        this.panelBytes = (long) columns / packing.blockColumns() * packing.blockBytes();
        int together = packing.panelsTogether();
        this.weights = allocator.allocate((long) Math.ceilDiv(count(), together) * together * panelBytes, ALIGNMENT);
    }

    /**
     * Fills one panel. Different panels may be filled by different threads.
     *
     * @param panel panel index
     * @param source the panel's rows, one after another as the file stores them
     * @param rowBytes bytes of a row
     * @param target scratch space of {@link #panelInts()} ints
     * @return whether the packing can hold these numbers
     */
    public boolean pack(int panel, byte[] source, int rowBytes, int[] target) {
        if (!packing.pack(source, rowBytes, rowsOf(panel), columns, target)) {
            return false;
        }
        int together = packing.panelsTogether();
        if (together == 1) {
            MemorySegment.copy(target, 0, weights, INT, offset(panel, 0), panelInts());
        } else {
            int lineInts = (int) ALIGNMENT / Integer.BYTES;
            long to = offset(panel, 0);
            for (int i = 0; i < panelInts(); i += lineInts) {
                MemorySegment.copy(target, i, weights, INT, to, lineInts);
                to += ALIGNMENT * together;
            }
        }
        return true;
    }

    /** {@return the number of panels} */
    public int count() {
        return (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    /** {@return the size of a panel in ints} */
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

    /** The number of rows. */
    int rows() {
        return rows;
    }

    /** The number of columns. */
    int columns() {
        return columns;
    }

    /** The packed weights. */
    MemorySegment weights() {
        return weights;
    }

    /** Where the block that begins with a column of a panel begins in the packed weights. */
    long offset(int panel, int column) {
        int together = packing.panelsTogether();
        return (long) (panel - panel % together) * panelBytes
                + (long) column / packing.blockColumns() * together * packing.blockBytes()
                + panel % together * ALIGNMENT;
    }
}
