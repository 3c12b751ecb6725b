package dev.cria.core;

import java.util.EnumMap;
import java.util.Map;

/**
 * Rows of inputs in 8 bits, for products with a {@link LevelMatrix}: blocks of {@value #BLOCK} columns, each with a scale that is its largest
 * magnitude divided by 127, and whole numbers from -127 to 127. An input is off by at most half a scale, as in llama.cpp's Q8_0 activations.
 *
 * <p>Two neighbouring columns share an int, the first in its lower half, so that one broadcast serves 16-bit lanes of both.
 */
public final class QuantizedRows {
    /** Columns that share a scale. */
    public static final int BLOCK = 32;

    /** Rows a whole number of pages apart compete for the same places of an L1 cache: they lie nine cache lines further each. */
    private static final int PAGE_INTS = 1_024;
    private static final int ROW_SHIFT = 144;

    private int stride;
    private int columns;
    private int[] pairs = {};
    private float[] scales = {};
    private float[] weightedSums = {};
    private short[] single = {};
    private final Map<LevelCoding, LevelFactors> factors = new EnumMap<>(LevelCoding.class);
    private final Map<LevelCoding, LevelFactors> prepared = new EnumMap<>(LevelCoding.class);

    /** No rows yet. */
    public QuantizedRows() {}

    /**
     * Makes room.
     *
     * @param rows number of rows
     * @param columns columns of a row, a multiple of {@link #BLOCK}
     */
    public void resize(int rows, int columns) {
        if (columns % BLOCK != 0) {
            throw new IllegalArgumentException(columns + " columns are not a multiple of " + BLOCK);
        }
        this.columns = columns;
        stride = columns / 2 + Math.floorMod(ROW_SHIFT - columns / 2, PAGE_INTS);
        if (pairs.length < rows * stride) {
            pairs = new int[rows * stride];
        }
        int blocks = rows * blocks();
        if (scales.length < blocks) {
            scales = new float[blocks];
            weightedSums = new float[blocks];
        }
        prepared.clear();
    }

    /** {@return columns of a row} */
    public int columns() {
        return columns;
    }

    /** {@return blocks of a row} */
    public int blocks() {
        return columns / BLOCK;
    }

    /** {@return pairs of columns, {@code [rows][stride()]}} */
    public int[] pairs() {
        return pairs;
    }

    /** {@return the distance between the pairs of two rows} */
    public int stride() {
        return stride;
    }

    /** {@return the scales, {@code [rows][blocks()]}} */
    public float[] scales() {
        return scales;
    }

    /** {@return the sum of a block times its scale, {@code [rows][blocks()]}} */
    public float[] weightedSums() {
        return weightedSums;
    }

    /**
     * Fills the {@link #factors} for a coding, once for the inputs that are there.
     *
     * @param coding how levels are packed
     * @param rows number of rows
     */
    public void prepare(LevelCoding coding, int rows) {
        if (prepared.containsKey(coding)) {
            return;
        }
        LevelFactors target = factors.computeIfAbsent(coding, LevelFactors::new);
        target.resize(rows, columns);
        if (single.length < columns) {
            single = new short[columns];
        }
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < columns / 2; i++) {
                int pair = pairs[row * stride + i];
                single[2 * i] = (short) pair;
                single[2 * i + 1] = (short) (pair >> 16);
            }
            target.fill(row, single, columns);
        }
        prepared.put(coding, target);
    }

    /**
     * {@return what packed levels are multiplied with}
     *
     * @param coding how they are packed, which must have been prepared
     */
    public LevelFactors factors(LevelCoding coding) {
        LevelFactors filled = prepared.get(coding);
        if (filled == null) {
            throw new IllegalStateException("factors for levels of " + coding.bits() + " bits were not prepared");
        }
        return filled;
    }

    /**
     * Fills the sums of a row whose pairs and scales are there.
     *
     * @param row which row
     */
    public void sum(int row) {
        for (int block = 0; block < blocks(); block++) {
            int sum = 0;
            int at = row * stride + block * (BLOCK / 2);
            for (int i = at; i < at + BLOCK / 2; i++) {
                sum += (short) pairs[i] + (pairs[i] >> 16);
            }
            weightedSums[row * blocks() + block] = sum * scales[row * blocks() + block];
        }
    }
}
