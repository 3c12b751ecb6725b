package dev.cria.quant;

import dev.cria.quant.block.BF16;
import dev.cria.quant.block.BlockCodec;
import dev.cria.quant.block.F16;
import dev.cria.quant.block.F32;
import dev.cria.quant.block.Q4_0;
import dev.cria.quant.block.Q8_0;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** A storage format of weights, by GGML's names and numbers. */
public enum QuantType {
    /** IEEE binary32. */
    F32(0, new F32()),
    /** IEEE binary16. */
    F16(1, new F16()),
    /** 4 bits, blocks of 32 with one scale. */
    Q4_0(2, new Q4_0()),
    /** 8 bits, blocks of 32 with one scale. */
    Q8_0(8, new Q8_0()),
    /** bfloat16. */
    BF16(30, new BF16());

    private final int ggmlId;
    private final BlockCodec codec;

    QuantType(int ggmlId, BlockCodec codec) {
        this.ggmlId = ggmlId;
        this.codec = codec;
    }

    /** {@return the number by which GGUF files name the type} */
    public int ggmlId() {
        return ggmlId;
    }

    /** {@return weights in a block} */
    public int blockSize() {
        return codec.size();
    }

    /** {@return bytes of a block} */
    public int blockBytes() {
        return codec.bytes();
    }

    /**
     * Returns the bytes of a row.
     *
     * @param columns weights of the row, a multiple of {@link #blockSize()}
     * @return bytes
     * @throws IllegalArgumentException if the columns are no multiple of the block
     * @throws ArithmeticException if the row is larger than can be addressed
     */
    public long rowBytes(long columns) {
        if (columns < 0 || columns % blockSize() != 0) {
            throw new IllegalArgumentException("a row of type " + this + " has a multiple of " + blockSize()
                    + " weights, not " + columns);
        }
        return Math.multiplyExact(columns / blockSize(), blockBytes());
    }

    /**
     * Turns blocks into floats.
     *
     * @param source holds the blocks
     * @param offset offset of the first block, in bytes
     * @param target receives the floats
     * @param targetOffset index of the first of them
     * @param count number of floats, a multiple of {@link #blockSize()}
     */
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset, int count) {
        for (int i = 0; i < count; i += blockSize()) {
            codec.decode(source, offset + (long) i / blockSize() * blockBytes(), target, targetOffset + i);
        }
    }

    /**
     * Turns floats into blocks, as GGML's reference quantisers do without an importance matrix.
     *
     * @param source holds the floats
     * @param sourceOffset index of the first of them
     * @param count number of floats, a multiple of {@link #blockSize()}
     * @param target receives the blocks
     * @param offset offset of the first block, in bytes
     */
    public void encode(float[] source, int sourceOffset, int count, MemorySegment target, long offset) {
        for (int i = 0; i < count; i += blockSize()) {
            codec.encode(source, sourceOffset + i, target, offset + (long) i / blockSize() * blockBytes());
        }
    }

    /**
     * {@return the type that GGUF files name by this number, if it is supported}
     *
     * @param ggmlId the number
     */
    public static Optional<QuantType> ofGgmlId(int ggmlId) {
        return Arrays.stream(values()).filter(type -> type.ggmlId == ggmlId).findFirst();
    }
}
