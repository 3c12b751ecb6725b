package dev.cria.core;

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

    private static final int LEVEL_BITS = 4;
    private static final int LEVELS_IN_HALF = 4;

    private int stride;
    private int columns;
    private int[] pairs = {};
    private float[] scales = {};
    private int[] sums = {};
    private int[] differences = {};
    private float[] weightedSums = {};

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
            differences = new int[rows * stride];
        }
        int blocks = rows * blocks();
        if (scales.length < blocks) {
            scales = new float[blocks];
            weightedSums = new float[blocks];
            sums = new int[blocks];
        }
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

    /**
     * {@return what levels of 4 bits are multiplied with while they are still packed, {@code [rows][stride()]}, filled by {@link #subtract}}
     *
     * <p>Four levels in 16 bits are {@code l0 + 16 l1 + 256 l2 + 4096 l3}. Shifted right by 0, 4, 8 and 12 bits they give four numbers {@code n0} to
     * {@code n3}, of which {@code l0 = n0 - 16 n1} and so on, so that {@code l0 x0 + l1 x1 + l2 x2 + l3 x3 = n0 x0 + n1 (x1 - 16 x0) + n2 (x2 - 16 x1) + n3 (x3 - 16 x2)}:
     * levels need not be masked. Products may overflow, because all of it is true modulo 2^16 as well.
     */
    public int[] differences() {
        return differences;
    }

    /** {@return the distance between the pairs of two rows} */
    public int stride() {
        return stride;
    }

    /** {@return the scales, {@code [rows][blocks()]}} */
    public float[] scales() {
        return scales;
    }

    /**
     * {@return sums of the whole numbers of a block as pairs, {@code [rows][blocks()]}: of the even columns in the lower half, of the odd ones in
     * the upper}
     */
    public int[] sums() {
        return sums;
    }

    /** {@return the sum of a block times its scale, {@code [rows][blocks()]}} */
    public float[] weightedSums() {
        return weightedSums;
    }

    /**
     * Fills {@link #differences()} of a row whose pairs are there.
     *
     * @param row which row
     */
    public void subtract(int row) {
        int start = row * stride;
        for (int i = 0; i < columns / 2; i++) {
            int before = i % LEVELS_IN_HALF == 0 ? 0 : pairs[start + i - 1];
            int pair = pairs[start + i];
            int even = pair - (before << LEVEL_BITS);
            int odd = (pair >> 16) - (before >> 16 << LEVEL_BITS);
            differences[start + i] = (even & 0xffff) | odd << 16;
        }
    }

    /**
     * Fills the sums of a row whose pairs and scales are there.
     *
     * @param row which row
     */
    public void sum(int row) {
        for (int block = 0; block < blocks(); block++) {
            int even = 0;
            int odd = 0;
            int at = row * stride + block * (BLOCK / 2);
            for (int i = at; i < at + BLOCK / 2; i++) {
                even += (short) pairs[i];
                odd += pairs[i] >> 16;
            }
            sums[row * blocks() + block] = (even & 0xffff) | odd << 16;
            weightedSums[row * blocks() + block] = (even + odd) * scales[row * blocks() + block];
        }
    }
}
