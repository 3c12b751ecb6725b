package dev.cria.core;

/**
 * What the packed words of a {@link LevelCoding} are multiplied with to be multiplied with {@link QuantizedRows}: see
 * there for why. All numbers are modulo 2^16, and each is in both halves of an int: C2 broadcasts an int straight from
 * memory, but a short through a general register.
 */
public final class LevelFactors {
    /** Room after the factors of a row: a vector need not end with the last of them. */
    public static final int PAST_THE_END = 16;

    private final LevelCoding coding;

    private int stride;
    private int correctionStride;
    private int[] factors = {};
    private int[] corrections = {};

    LevelFactors(LevelCoding coding) {
        this.coding = coding;
    }

    /** Makes room. */
    void resize(int rows, int columns) {
        stride = columns / coding.columns() * coding.sources().size() + PAST_THE_END;
        correctionStride = columns / coding.sumColumns();
        if (factors.length < rows * stride) {
            factors = new int[rows * stride];
        }
        if (corrections.length < rows * correctionStride) {
            corrections = new int[rows * correctionStride];
        }
    }

    /** {@return how levels are packed} */
    public LevelCoding coding() {
        return coding;
    }

    /**
     * {@return factors of the shifted words, in the order of {@link LevelCoding#pieces()},
     * {@code [rows][units][pieces]}, and {@link #PAST_THE_END} numbers more in each row}
     */
    public int[] factors() {
        return factors;
    }

    /**
     * {@return the index of the factor of the first piece of a unit}
     *
     * @param row row of inputs
     * @param firstColumn first column of the unit
     */
    public int index(int row, int firstColumn) {
        return row * stride + firstColumn / coding.columns() * coding.sources().size();
    }

    /**
     * {@return what is added to a sum of products to take the centre off the levels, {@code [rows][sums of
     * sumColumns]}}
     */
    public int[] corrections() {
        return corrections;
    }

    /**
     * {@return the index of the correction of a sum}
     *
     * @param row row of inputs
     * @param firstColumn first column of the sum
     */
    public int correctionIndex(int row, int firstColumn) {
        return row * correctionStride + firstColumn / coding.sumColumns();
    }
}
