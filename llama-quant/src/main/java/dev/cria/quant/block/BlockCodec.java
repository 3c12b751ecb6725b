package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One storage format: a block of a fixed number of weights in a fixed number of bytes, little-endian. Stateless. */
public interface BlockCodec {
    /** Unaligned little-endian access to 16-bit numbers. */
    ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Unaligned little-endian access to 32-bit numbers. */
    ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Unaligned little-endian access to floats. */
    ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** {@return weights in a block} */
    int size();

    /** {@return bytes of a block} */
    int bytes();

    /**
     * Turns one block into floats.
     *
     * @param source holds the block
     * @param offset offset of the block, in bytes
     * @param target receives {@link #size()} floats
     * @param targetOffset index of the first of them
     */
    void decode(MemorySegment source, long offset, float[] target, int targetOffset);

    /**
     * Turns floats into one block.
     *
     * @param source holds {@link #size()} floats
     * @param sourceOffset index of the first of them
     * @param target receives the block
     * @param offset offset of the block, in bytes
     */
    void encode(float[] source, int sourceOffset, MemorySegment target, long offset);

    /**
     * Turns some blocks into floats, as many calls of the method for one block would.
     *
     * @param source holds the blocks, one after another
     * @param offset offset of the first block, in bytes
     * @param target receives {@link #size()} floats of each block
     * @param targetOffset index of the first of them
     * @param blocks number of blocks
     */
    default void decode(MemorySegment source, long offset, float[] target, int targetOffset, int blocks) {
        for (int block = 0; block < blocks; block++) {
            decode(source, offset + (long) block * bytes(), target, targetOffset + block * size());
        }
    }

    /**
     * Turns floats into some blocks, as many calls of the method for one block would.
     *
     * @param source holds {@link #size()} floats for each block
     * @param sourceOffset index of the first of them
     * @param blocks number of blocks
     * @param target receives the blocks, one after another
     * @param offset offset of the first block, in bytes
     */
    default void encode(float[] source, int sourceOffset, int blocks, MemorySegment target, long offset) {
        for (int block = 0; block < blocks; block++) {
            encode(source, sourceOffset + block * size(), target, offset + (long) block * bytes());
        }
    }
}
