package dev.cria.quant;

import dev.cria.quant.block.BF16;
import dev.cria.quant.block.BlockCodec;
import dev.cria.quant.block.F16;
import dev.cria.quant.block.F32;
import dev.cria.quant.block.IQ4_NL;
import dev.cria.quant.block.IQ4_XS;
import dev.cria.quant.block.Q2_K;
import dev.cria.quant.block.Q3_K;
import dev.cria.quant.block.Q4_0;
import dev.cria.quant.block.Q4_1;
import dev.cria.quant.block.Q4_K;
import dev.cria.quant.block.Q5_0;
import dev.cria.quant.block.Q5_1;
import dev.cria.quant.block.Q5_K;
import dev.cria.quant.block.Q6_K;
import dev.cria.quant.block.Q8_0;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/** A storage format of weights, by GGML's names and numbers. */
public enum QuantType {
    /** IEEE binary32. */
    F32(0, new F32()),
    /** IEEE binary16. */
    F16(1, new F16()),
    /** 4 bits, blocks of 32 with one scale. */
    Q4_0(2, new Q4_0()),
    /** 4 bits, blocks of 32 with a scale and a minimum. */
    Q4_1(3, new Q4_1()),
    /** 5 bits, blocks of 32 with one scale. */
    Q5_0(6, new Q5_0()),
    /** 5 bits, blocks of 32 with a scale and a minimum. */
    Q5_1(7, new Q5_1()),
    /** 8 bits, blocks of 32 with one scale. */
    Q8_0(8, new Q8_0()),
    /** 2 bits, blocks of 256 in groups of 16 with 4-bit scales and minima. */
    Q2_K(10, new Q2_K()),
    /** 3 bits, blocks of 256 in groups of 16 with 6-bit scales. */
    Q3_K(11, new Q3_K()),
    /** 4 bits, blocks of 256 in groups of 32 with 6-bit scales and minima. */
    Q4_K(12, new Q4_K()),
    /** 5 bits, blocks of 256 in groups of 32 with 6-bit scales and minima. */
    Q5_K(13, new Q5_K()),
    /** 6 bits, blocks of 256 in groups of 16 with 8-bit scales. */
    Q6_K(14, new Q6_K()),
    /** 4 bits that index sixteen uneven levels, blocks of 32 with one scale. */
    IQ4_NL(20, new IQ4_NL()),
    /** 4 bits that index sixteen uneven levels, blocks of 256 in groups of 32 with 6-bit scales. */
    IQ4_XS(23, new IQ4_XS()),
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
     * @throws IllegalArgumentException if the count is no multiple of the block
     * @throws IndexOutOfBoundsException if the source or the target is too small
     */
    public void decode(MemorySegment source, long offset, float[] target, int targetOffset, int count) {
        checkRange(source, offset, target, targetOffset, count);
        codec.decode(source, offset, target, targetOffset, count / blockSize());
    }

    /**
     * Turns floats into blocks, as GGML's reference quantisers do without an importance matrix.
     *
     * @param source holds the floats
     * @param sourceOffset index of the first of them
     * @param count number of floats, a multiple of {@link #blockSize()}
     * @param target receives the blocks
     * @param offset offset of the first block, in bytes
     * @throws IllegalArgumentException if the count is no multiple of the block
     * @throws IndexOutOfBoundsException if the source or the target is too small
     */
    public void encode(float[] source, int sourceOffset, int count, MemorySegment target, long offset) {
        checkRange(target, offset, source, sourceOffset, count);
        codec.encode(source, sourceOffset, count / blockSize(), target, offset);
    }

    private void checkRange(MemorySegment blocks, long offset, float[] weights, int weightOffset, int count) {
        Objects.checkFromIndexSize(weightOffset, count, weights.length);
        Objects.checkFromIndexSize(offset, rowBytes(count), blocks.byteSize());
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
