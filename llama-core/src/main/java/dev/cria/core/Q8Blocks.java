package dev.cria.core;

/**
 * Rows of {@link QuantizedRows} for products of bytes: the quants in 8 bits, the scale and the sums of
 * {@link QuantizedRows#BLOCK} columns together, which ggml calls a {@code block_q8_1}.
 *
 * <p>A block is {@value #INTS} ints: first {@value #PAIRS} pairs of quants, each as 16 bits twice, the first in the
 * lowest bits, as levels of two rows of weights meet them; in the order in which levels come out of their words,
 * {@link #columns}. Then, as bits of floats, the scale and the quants' sum times the scale; and what takes the centre
 * off the sums of levels, for the first and the second half if those are summed apart, as 16 bits twice.
 */
public final class Q8Blocks {
    /** Pairs of quants in a block. */
    public static final int PAIRS = QuantizedRows.BLOCK / 2;
    /** Index of the scale in a block. */
    public static final int SCALE = PAIRS;
    /** Index of the quants' sum times the scale. */
    public static final int WEIGHTED_SUM = SCALE + 1;
    /** Index of the correction of the block's first sum. */
    public static final int CORRECTION = WEIGHTED_SUM + 1;
    /** Ints of a block. */
    public static final int INTS = CORRECTION + 2;

    private final LevelCoding coding;
    private final int[] columns;
    private int stride;
    private int[] ints = {};

    Q8Blocks(LevelCoding coding) {
        this.coding = coding;
        int[] unit = columns(coding);
        columns = new int[QuantizedRows.BLOCK];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = i / unit.length * unit.length + unit[i % unit.length];
        }
    }

    /**
     * {@return the columns of a unit's pairs: whole levels of a word first, as far as two of them reach bytes with one
     * shift, then what is left}
     *
     * @param coding how levels share words
     */
    public static int[] columns(LevelCoding coding) {
        return switch (coding) {
            case FOUR -> new int[]{0, 2, 1, 3};
            case FIVE -> new int[]{0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 1, 4, 7, 10, 13, 15};
            case SIX -> new int[]{0, 1, 2, 3, 4, 5, 6, 7};
        };
    }

    /** Makes room. */
    void resize(int rows, int blocks) {
        stride = blocks * INTS;
        if (ints.length < rows * stride) {
            ints = new int[rows * stride];
        }
    }

    /** {@return the blocks, {@code [rows][blocks][INTS]}} */
    public int[] ints() {
        return ints;
    }

    /** {@return ints from one row to the next} */
    public int stride() {
        return stride;
    }

    /** Fills a row whose pairs and scales are there. */
    void fill(QuantizedRows x, int row) {
        int to = row * stride;
        int halves = QuantizedRows.BLOCK / coding.sumColumns();
        int pair = x.pairIndex(row, 0);
        int scale = x.scaleIndex(row, 0);
        for (int block = 0; block < x.blocks(); block++) {
            switch (coding) {
                case FOUR -> neighboursButOne(x.pairs(), pair, to);
                case FIVE -> byTable(x.pairs(), pair, to);
                case SIX -> neighbours(x.pairs(), pair, to);
            }
            ints[to + SCALE] = Float.floatToRawIntBits(x.scales()[scale + block]);
            ints[to + WEIGHTED_SUM] = Float.floatToRawIntBits(x.weightedSums()[scale + block]);
            for (int i = 0; i < halves; i++) {
                ints[to + CORRECTION + i] = twice(
                        -coding.centre() * sum(x.pairs(), pair + i * (PAIRS / halves), PAIRS / halves));
            }
            pair += PAIRS;
            to += INTS;
        }
    }

    private static int twice(int pair) {
        return (pair & 0xffff) * 0x10001;
    }

    private static int sum(int[] pairs, int first, int count) {
        int sum = 0;
        for (int i = first; i < first + count; i++) {
            sum += (short) pairs[i] + (pairs[i] >> Short.SIZE);
        }
        return sum;
    }

    // neighbours share an int, the first in its lower half

    private void neighbours(int[] pairs, int from, int to) {
        for (int i = 0; i < PAIRS; i++) {
            ints[to + i] = twice((pairs[from + i] & 0xff) | (pairs[from + i] >>> Byte.SIZE & 0xff00));
        }
    }

    private void neighboursButOne(int[] pairs, int from, int to) {
        for (int i = 0; i < PAIRS; i += 2) {
            int both = (pairs[from + i] & 0xff00ff) | (pairs[from + i + 1] & 0xff00ff) << Byte.SIZE;
            ints[to + i] = twice(both);
            ints[to + i + 1] = twice(both >>> Short.SIZE);
        }
    }

    private void byTable(int[] pairs, int from, int to) {
        for (int i = 0; i < PAIRS; i++) {
            ints[to + i] = twice((quant(pairs, from, columns[2 * i]) & 0xff)
                    | (quant(pairs, from, columns[2 * i + 1]) & 0xff) << Byte.SIZE);
        }
    }

    private static int quant(int[] pairs, int first, int column) {
        return pairs[first + column / 2] >> (column % 2 * Short.SIZE);
    }
}
