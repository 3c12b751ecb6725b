package dev.cria.core;

import java.util.List;

/** What the packed words of a {@link LevelCoding} are multiplied with to be multiplied with {@link QuantizedRows}: see there for why. All numbers are modulo 2^16, and each is in both halves of an int: C2 broadcasts an int straight from memory, but a short through a general register. */
public final class LevelFactors {
    private final LevelCoding coding;
    /** For each piece of a unit the column and the shift of its input, and those of what is taken off. */
    private final int[] column;
    private final int[] shift;
    private final int[] columnBefore;
    private final int[] shiftBefore;

    private int stride;
    private int correctionStride;
    private int[] factors = {};
    private int[] corrections = {};

    LevelFactors(LevelCoding coding) {
        this.coding = coding;
        List<LevelCoding.Piece> pieces = coding.pieces();
        int count = pieces.size();
        column = new int[count];
        shift = new int[count];
        columnBefore = new int[count];
        shiftBefore = new int[count];
        for (int i = 0; i < count; i++) {
            LevelCoding.Piece piece = pieces.get(i);
            column[i] = piece.column();
            shift[i] = piece.bit();
            // nothing is taken off at the first piece of a word: 16 bits further, it vanishes
            LevelCoding.Piece before = piece.shift() == 0 ? piece : pieces.get(i - 1);
            columnBefore[i] = before.column();
            shiftBefore[i] = piece.shift() == 0 ? Short.SIZE : before.bit() + piece.shift() - before.shift();
        }
    }

    /** Makes room. */
    void resize(int rows, int columns) {
        stride = columns / coding.columns() * column.length;
        correctionStride = columns / coding.sumColumns();
        if (factors.length < rows * stride) {
            factors = new int[rows * stride];
            corrections = new int[rows * correctionStride];
        }
    }

    /** Fills a row. */
    void fill(int row, short[] inputs, int columns) {
        int to = row * stride;
        for (int unit = 0; unit < columns; unit += coding.columns()) {
            for (int i = 0; i < column.length; i++) {
                factors[to + i] = twice((inputs[unit + column[i]] << shift[i])
                        - (inputs[unit + columnBefore[i]] << shiftBefore[i]));
            }
            to += column.length;
        }
        int sumColumns = coding.sumColumns();
        for (int i = 0; i < correctionStride; i++) {
            int sum = 0;
            for (int k = i * sumColumns; k < (i + 1) * sumColumns; k++) {
                sum += inputs[k];
            }
            corrections[row * correctionStride + i] = twice(-coding.centre() * sum);
        }
    }

    private static int twice(int number) {
        return (number & 0xffff) * 0x10001;
    }

    /** {@return factors of the shifted words, in the order of {@link LevelCoding#pieces()}, {@code [rows][units][pieces]}} */
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
        return row * stride + firstColumn / coding.columns() * column.length;
    }

    /** {@return what is added to a sum of products to take the centre off the levels, {@code [rows][sums of sumColumns]}} */
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
