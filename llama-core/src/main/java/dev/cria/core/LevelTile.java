package dev.cria.core;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A part of a panel of a {@link LevelMatrix} while it is being multiplied, and the scratch space of one worker for that. */
public final class LevelTile {
    /** The most groups of a tile. */
    public static final int MOST_GROUPS = TILE_COLUMNS / QuantizedRows.BLOCK;
    /** Where the summands begin in {@link #scales()}. */
    public static final int SUMMANDS = MOST_GROUPS * PANEL_ROWS;
    /** Rows of inputs that are multiplied with a tile at a time. */
    public static final int ROWS_AT_A_TIME = 6;

    /** What a sum of zero is in {@link #dots()}: as halves are then without a sign, they are quicker to take apart. */
    public static final short ZERO = Short.MIN_VALUE;

    private static final int CACHE_LINE = 64;

    private final MemorySegment pairs = Arena.ofAuto().allocate(2L * TILE_COLUMNS * PANEL_ROWS, CACHE_LINE);
    private final float[] scales = new float[3 * SUMMANDS];
    private final int[] dots = new int[MOST_GROUPS * ROWS_AT_A_TIME * PANEL_ROWS];
    private final short[] halves = new short[2 * MOST_GROUPS * PANEL_ROWS];
    private final int[] partial = new int[2 * SUMMANDS];

    private MemorySegment weights = MemorySegment.NULL;
    private long offset;
    private int firstColumn;
    private int columns;
    private boolean summed;

    /** Space that holds nothing yet. */
    public LevelTile() {}

    /**
     * Says what the tile holds.
     *
     * @param weights where the packed weights are
     * @param offset where the part begins in them
     * @param firstColumn its first column
     * @param columns its columns
     * @param summed whether the groups have summands
     */
    public void set(MemorySegment weights, long offset, int firstColumn, int columns, boolean summed) {
        this.weights = weights;
        this.offset = offset;
        this.firstColumn = firstColumn;
        this.columns = columns;
        this.summed = summed;
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

    /** {@return the number of groups} */
    public int groups() {
        return columns / QuantizedRows.BLOCK;
    }

    /** {@return whether groups have summands} */
    public boolean summed() {
        return summed;
    }

    /** {@return the levels of two neighbouring columns in an int, {@code [columns / 2][PANEL_ROWS]}; the first column is in the lower half} */
    public MemorySegment pairs() {
        return pairs;
    }

    /** {@return the scales of the groups, {@code [groups][PANEL_ROWS]}, and from {@link #SUMMANDS} on their summands; a format may use what lies beyond} */
    public float[] scales() {
        return scales;
    }

    /** {@return sums of levels times inputs, {@code [groups][PANEL_ROWS]}: of the even columns in the lower half of an int, of the odd ones in the upper, each plus {@link #ZERO}} */
    public int[] dots() {
        return dots;
    }

    /**
     * {@return the sums of the even and of the odd columns as {@link #dots()} has them}
     *
     * @param even sum of the even columns
     * @param odd sum of the odd columns
     */
    public static int dots(int even, int odd) {
        return ((even + ZERO) & 0xffff) | (odd + ZERO) << 16;
    }

    /** {@return room for a scale and a summand of every block of 32 columns in binary16} */
    public short[] halves() {
        return halves;
    }

    /** {@return room for sums that are not complete yet} */
    public int[] partial() {
        return partial;
    }
}
