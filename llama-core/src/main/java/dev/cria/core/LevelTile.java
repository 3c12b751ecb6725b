package dev.cria.core;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A part of a panel of a {@link LevelMatrix} while it is being multiplied, and the scratch space of one worker for
 * that.
 */
public final class LevelTile {
    /**
     * The most columns of a tile that is unpacked, or multiplied with several rows: twice as many would leave no room
     * for the weights in the L1 cache. The summands of so many columns are a sum of their own.
     */
    public static final int COLUMNS = 512;
    /** The most groups of a tile: they have 16 columns at least. */
    public static final int MOST_GROUPS = COLUMNS / 16;
    /** Where the summands begin in {@link #scales()}. */
    public static final int SUMMANDS = MOST_GROUPS * PANEL_ROWS;

    private final int[] pairs = new int[COLUMNS / 2 * PANEL_ROWS];
    private final float[] scales = new float[2 * SUMMANDS];
    private final byte[] smallScales = new byte[2 * COLUMNS + Long.BYTES];
    private final float[] sums = new float[2 * PANEL_ROWS];

    private MemorySegment weights = MemorySegment.NULL;
    private long offset;
    private int firstColumn;
    private int columns;
    private int groupColumns = COLUMNS;
    private boolean summed;
    private QuantizedRows inputs = new QuantizedRows();
    private int row;
    private float[] out = {};
    private int outOffset;

    private MemorySegment lines = MemorySegment.NULL;

    /** Space that holds nothing yet. */
    public LevelTile() {}

    /**
     * Says what the tile holds.
     *
     * @param layout where its parts lie
     * @param weights where the packed weights are
     * @param offset where the part begins in them
     * @param firstColumn its first column
     * @param columns its columns
     */
    public void set(QuantizedLayout layout, MemorySegment weights, long offset, int firstColumn, int columns) {
        this.weights = weights;
        this.offset = offset;
        this.firstColumn = firstColumn;
        this.columns = columns;
        this.groupColumns = layout.groupColumns();
        this.summed = layout.summed();
    }

    /**
     * Says what the tile is multiplied with next.
     *
     * @param inputs rows of inputs
     * @param row which of them
     * @param out outputs, {@code [panels together][PANEL_ROWS]}
     * @param outOffset index of the first
     */
    public void with(QuantizedRows inputs, int row, float[] out, int outOffset) {
        this.inputs = inputs;
        this.row = row;
        this.out = out;
        this.outOffset = outOffset;
    }

    /** {@return where the packed weights are} */
    public MemorySegment weights() {
        return weights;
    }

    /** {@return where the part begins in the packed weights} */
    public long offset() {
        return offset;
    }

    /** {@return the first column} */
    public int firstColumn() {
        return firstColumn;
    }

    /** {@return the number of columns} */
    public int columns() {
        return columns;
    }

    /** {@return columns of a group} */
    public int groupColumns() {
        return groupColumns;
    }

    /** {@return the number of groups} */
    public int groups() {
        return columns / groupColumns;
    }

    /** {@return whether groups have summands} */
    public boolean summed() {
        return summed;
    }

    /** {@return the inputs} */
    public QuantizedRows inputs() {
        return inputs;
    }

    /** {@return the row of the inputs} */
    public int row() {
        return row;
    }

    /** {@return the index of the scale of the first input} */
    public int inputScale() {
        return inputs.scaleIndex(row, firstColumn);
    }

    /** {@return the outputs} */
    public float[] out() {
        return out;
    }

    /** {@return the index of the first output} */
    public int outOffset() {
        return outOffset;
    }

    /**
     * {@return the levels of two columns in an int, {@code [columns / 32][16][PANEL_ROWS]}: of a column of the first
     * half of a block of 32 in its lower half, and of the one 16 further in its upper half}
     */
    public int[] pairs() {
        return pairs;
    }

    /**
     * {@return the scales of the groups, {@code [groups][PANEL_ROWS]}, and from {@link #SUMMANDS} on their summands}
     */
    public float[] scales() {
        return scales;
    }

    /** {@return room for the small scales and minima of half the columns of two panels, and a vector past the end} */
    public byte[] smallScales() {
        return smallScales;
    }

    /**
     * {@return scratch space of whole cache lines outside of the heap, for code to which that matters: for a byte of
     * each level, and two kilobytes more}
     */
    public MemorySegment lines() {
        if (lines.byteSize() == 0) {
            lines = Arena.ofAuto().allocate((long) COLUMNS * PANEL_ROWS + 2048, QuantizedLayout.LINE);
        }
        return lines;
    }

    /** {@return room for the outputs of the panels that are multiplied together} */
    public float[] sums() {
        return sums;
    }
}
