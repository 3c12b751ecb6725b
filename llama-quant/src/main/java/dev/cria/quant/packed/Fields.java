package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;

/**
 * How small numbers of a row share ints. A word of 16 or 32 bits takes as many of them as fit, the first in the lowest
 * bits; the bits left over at the top of the words, those of the first word lowest, hold the last numbers. Nothing
 * straddles two words but these, and none is lost: 32 numbers of 5 bits take 5 words with 6 each, and twice 5 of the 5
 * x 2 bits left. With words of 16 bits, an int has the words of a first run of numbers below and those of a second one
 * above.
 *
 * @param bits bits of a number
 * @param perWord numbers in a word, {@code wordBits / bits}
 * @param words words of a run
 * @param wordBits 16 or 32
 */
record Fields(int bits, int perWord, int words, int wordBits) {
    Fields(int bits, int words) {
        this(bits, 32 / bits, words, 32);
    }

    /** Numbers in a run. */
    int run() {
        return perWord * words + leftBits() * words / bits;
    }

    /** Numbers in the ints, in one or two runs. */
    int count() {
        return 32 / wordBits * run();
    }

    /** Bytes that the numbers of all rows of a panel take: {@code [words][PANEL_ROWS]} ints. */
    int bytes() {
        return 4 * words * PANEL_ROWS;
    }

    private int leftBits() {
        return wordBits - perWord * bits;
    }

    /** Puts numbers into ints that are zero, each {@link dev.cria.core.Matrix#PANEL_ROWS} after the one before. */
    void pack(byte[] numbers, int from, int[] target, int to) {
        for (int start = 0; start < 32; start += wordBits) {
            int first = from + start / wordBits * run();
            long left = 0;
            for (int k = perWord * words; k < run(); k++) {
                left |= (long) numbers[first + k] << (bits * (k - perWord * words));
            }
            for (int i = 0; i < words; i++) {
                int word = (int) ((left >>> (i * leftBits())) & ((1 << leftBits()) - 1)) << (perWord * bits);
                for (int k = 0; k < perWord; k++) {
                    word |= (numbers[first + i * perWord + k] & mask()) << (bits * k);
                }
                target[to + i * PANEL_ROWS] |= word << start;
            }
        }
    }

    /** The number with an index among those of a row, whose first int is at an offset. */
    int get(MemorySegment weights, long offset, int index) {
        int start = index / run() * wordBits;
        int k = index % run();
        if (k < perWord * words) {
            return (word(weights, offset, k / perWord) >>> (start + k % perWord * bits)) & mask();
        }
        long left = 0;
        for (int i = 0; i < words; i++) {
            int top = (word(weights, offset, i) >>> (start + perWord * bits)) & ((1 << leftBits()) - 1);
            left |= (long) top << (i * leftBits());
        }
        return (int) (left >>> ((k - perWord * words) * bits)) & mask();
    }

    private int mask() {
        return (1 << bits) - 1;
    }

    private static int word(MemorySegment weights, long offset, int index) {
        return weights.get(F16Panels.INT, offset + 4L * index * PANEL_ROWS);
    }
}
