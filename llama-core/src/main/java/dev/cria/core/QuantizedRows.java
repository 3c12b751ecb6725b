package dev.cria.core;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Rows of inputs in 8 bits, for products with a {@link LevelMatrix}: blocks of {@value #BLOCK} columns, each with a
 * scale and whole numbers from -127 to 127. An input is off by at most half a scale, as in llama.cpp's Q8_0
 * activations. The scale is the largest magnitude of the block divided by 127, or as much more as it takes for the sums
 * of the levels with which the rows are multiplied to fit into 16 bits ({@link LevelCoding#mostMagnitudes()}). Levels
 * of 4 bits need nothing. For levels of 6 bits, one block in 25 of inputs with a normal distribution gets a larger
 * scale, and the error stays the same (0.54 % of their size).
 *
 * <p>Two columns share an int, the first in its lower half, so that one broadcast serves 16-bit lanes of both: a column
 * of the first half of a block and that of the second, because the halves can be groups with scales of their own. Rows
 * are kept six at a time, their pairs side by side, because a product takes six of them at once and then needs a single
 * index; what is left of the rows is kept row by row. So are rows for {@link LevelFactors packed levels}, where
 * neighbours make the pairs.
 */
public final class QuantizedRows {
    /** Columns that share a scale. */
    public static final int BLOCK = 32;
    /**
     * What a scale grows by more than by the excess, because numbers are rounded up by half at most, twice:
     * {@code (1024 + 8) / 1024 * 1023 / 1.02 + 8 < 1023}, and with 32 columns twice as much.
     */
    private static final float ROUNDING = 1.02f;
    /** Rows that lie side by side. */
    public static final int ROWS_AT_A_TIME = 6;

    private int columns;
    private int sideBySide;
    private int apart = BLOCK / 2;
    private int mostOfHalf = Integer.MAX_VALUE;
    private int mostOfBlock = Integer.MAX_VALUE;
    private int[] pairs = {};
    private float[] scales = {};
    private float[] weightedSums = {};
    private final Map<LevelCoding, LevelFactors> factors = new EnumMap<>(LevelCoding.class);
    private final Map<LevelCoding, LevelFactors> prepared = new EnumMap<>(LevelCoding.class);

    private final Map<LevelCoding, Q8Blocks> blocks = new EnumMap<>(LevelCoding.class);
    private final Map<LevelCoding, Q8Blocks> preparedBlocks = new EnumMap<>(LevelCoding.class);

    /** No rows yet. */
    public QuantizedRows() {}

    /**
     * Makes room for rows that are multiplied with unpacked levels, six at a time.
     *
     * @param rows number of rows
     * @param columns columns of a row, a multiple of {@link #BLOCK}
     * @param codings what levels they are multiplied with
     */
    public void resizeForUnpacked(int rows, int columns, Set<LevelCoding> codings) {
        resize(rows, columns, rows - rows % ROWS_AT_A_TIME, BLOCK / 2, codings);
    }

    /**
     * Makes room for rows that are multiplied with packed levels, one at a time: none lie side by side, and there are
     * {@link #factors}.
     *
     * @param rows number of rows
     * @param columns columns of a row, a multiple of {@link #BLOCK}
     * @param codings how levels are packed
     */
    public void resizeForPacked(int rows, int columns, Set<LevelCoding> codings) {
        resize(rows, columns, 0, 1, codings);
        for (LevelCoding coding : codings) {
            LevelFactors target = factors.computeIfAbsent(coding, LevelFactors::new);
            target.resize(rows, columns);
            prepared.put(coding, target);
        }
    }

    /**
     * Makes room for rows that are multiplied byte by byte: none lie side by side, and there are
     * {@link #blocks(LevelCoding)}.
     *
     * @param rows number of rows
     * @param columns columns of a row, a multiple of {@link #BLOCK}
     * @param codings how levels are packed
     */
    public void resizeForBlocks(int rows, int columns, Set<LevelCoding> codings) {
        resize(rows, columns, 0, 1, codings);
        for (LevelCoding coding : codings) {
            Q8Blocks target = blocks.computeIfAbsent(coding, Q8Blocks::new);
            target.resize(rows, blocks());
            preparedBlocks.put(coding, target);
        }
    }

    private void resize(int rows, int columns, int rowsSideBySide, int columnsApart,
            Set<LevelCoding> codings) {
        if (columns % BLOCK != 0) {
            throw new IllegalArgumentException(columns + " columns are not a multiple of " + BLOCK);
        }
        this.columns = columns;
        sideBySide = rowsSideBySide;
        apart = columnsApart;
        if (pairs.length < rows * columns / 2) {
            pairs = new int[rows * columns / 2];
        }
        int blocks = rows * blocks();
        if (scales.length < blocks) {
            scales = new float[blocks];
        }
        if (weightedSums.length < blocks) {
            weightedSums = new float[blocks];
        }
        prepared.clear();
        preparedBlocks.clear();
        mostOfHalf = Integer.MAX_VALUE;
        mostOfBlock = Integer.MAX_VALUE;
        for (LevelCoding coding : codings) {
            if (coding.sumColumns() == BLOCK) {
                mostOfBlock = Math.min(mostOfBlock, coding.mostMagnitudes());
            } else {
                mostOfHalf = Math.min(mostOfHalf, coding.mostMagnitudes());
            }
        }
    }

    /** {@return whether whole numbers of up to 127 can be too large together} */
    public boolean bounded() {
        return Math.min(2L * mostOfHalf, mostOfBlock) < 127 * BLOCK;
    }

    /**
     * {@return how many times larger the scale of a block has to be, 1 if it can stay}
     *
     * @param first magnitudes of the whole numbers of the first half, added up
     * @param second those of the second half
     */
    public float widening(int first, int second) {
        float excess = Math.max((float) Math.max(first, second) / mostOfHalf, (float) (first + second) / mostOfBlock);
        return excess > 1 ? excess * ROUNDING : 1;
    }

    /** {@return columns of a row} */
    public int columns() {
        return columns;
    }

    /** {@return blocks of a row} */
    public int blocks() {
        return columns / BLOCK;
    }

    /** {@return pairs of columns, {@code [sixes][columns / 2][6]} and then {@code [rows left][columns / 2]}} */
    public int[] pairs() {
        return pairs;
    }

    /** {@return the scales, {@code [sixes][blocks()][6]} and then {@code [rows left][blocks()]}} */
    public float[] scales() {
        return scales;
    }

    /** {@return the sum of a block times its scale, arranged like the {@link #scales()}} */
    public float[] weightedSums() {
        return weightedSums;
    }

    /**
     * {@return the distance from one pair of a row to the next, and from one scale to the next: 6 where rows lie side
     * by side, otherwise 1}
     *
     * @param row which row
     */
    public int step(int row) {
        return row < sideBySide ? ROWS_AT_A_TIME : 1;
    }

    /** {@return how far apart the columns of a pair are: 1, or half a block} */
    public int apart() {
        return apart;
    }

    /**
     * {@return the index of the first pair of a block}
     *
     * @param row which row
     * @param column first column of the block
     */
    public int pairIndex(int row, int column) {
        return index(row, columns / 2) + column / 2 * step(row);
    }

    /**
     * {@return the whole number of a column}
     *
     * @param row which row
     * @param column which column
     */
    public int whole(int row, int column) {
        int inBlock = column % BLOCK;
        int pair = inBlock / (2 * apart) * apart + inBlock % apart;
        int both = pairs[pairIndex(row, column - inBlock) + pair * step(row)];
        return inBlock / apart % 2 == 0 ? (short) both : both >> Short.SIZE;
    }

    /**
     * {@return the index of the scale of a block}
     *
     * @param row which row
     * @param column a column of the block
     */
    public int scaleIndex(int row, int column) {
        return index(row, blocks()) + column / BLOCK * step(row);
    }

    private int index(int row, int each) {
        int inSix = row < sideBySide ? row % ROWS_AT_A_TIME : 0;
        return (row - inSix) * each + inSix;
    }

    /** {@return what {@link Kernels#quantize} fills for packed levels, for each of the codings} */
    public Collection<LevelFactors> factors() {
        return prepared.values();
    }

    /**
     * {@return what packed levels are multiplied with}
     *
     * @param coding how they are packed, one of those for which there is room
     */
    public LevelFactors factors(LevelCoding coding) {
        LevelFactors filled = prepared.get(coding);
        if (filled == null) {
            throw new IllegalStateException(
                    "factors for levels of " + coding.bits() + " bits are not among those that were asked for");
        }
        return filled;
    }

    /**
     * {@return rows for products of bytes}
     *
     * @param coding how levels are packed, one of those for which there is room
     */
    public Q8Blocks blocks(LevelCoding coding) {
        Q8Blocks filled = preparedBlocks.get(coding);
        if (filled == null) {
            throw new IllegalStateException(
                    "blocks for levels of " + coding.bits() + " bits are not among those that were asked for");
        }
        return filled;
    }

    /**
     * Fills the blocks of a row whose pairs, scales and sums are there, if there is room for blocks.
     *
     * @param row which row
     */
    public void fillBlocks(int row) {
        for (Q8Blocks target : preparedBlocks.values()) {
            target.fill(this, row);
        }
    }

    /**
     * Fills the sums of a row whose pairs and scales are there.
     *
     * @param row which row
     */
    public void sum(int row) {
        int step = step(row);
        for (int column = 0; column < columns; column += BLOCK) {
            int sum = 0;
            int at = pairIndex(row, column);
            for (int i = 0; i < BLOCK / 2; i++) {
                int pair = pairs[at + i * step];
                sum += (short) pair + (pair >> 16);
            }
            int block = scaleIndex(row, column);
            weightedSums[block] = sum * scales[block];
        }
    }
}
