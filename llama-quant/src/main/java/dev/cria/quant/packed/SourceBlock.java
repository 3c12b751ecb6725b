package dev.cria.quant.packed;

import java.util.OptionalInt;

/**
 * Takes a block of a weight file apart. The arrangements are described at the codecs of {@code dev.cria.quant.block}.
 */
interface SourceBlock {
    /** Bytes of a block. */
    int bytes();

    /** Offset of a binary16 factor in the block, by its index. */
    int factor(int index);

    /**
     * For a block that has nothing but factors and 32 levels of four bits: where 16 bytes begin whose lower halves are
     * the first levels, and their upper halves the others.
     */
    default OptionalInt nibbles() {
        return OptionalInt.empty();
    }

    /**
     * Reads the numbers.
     *
     * @param source holds the block
     * @param at index of its first byte
     * @param levels receives the levels in the order of the columns
     * @param scales receives the small scales and after them the small minima, if the format has them
     */
    void read(byte[] source, int at, byte[] levels, byte[] scales);
}
