package dev.cria.quant;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Weights out of blocks, one by one, as the layouts of GGML are described: by the place of each of their bits. Slow,
 * and written without looking at the code that it checks.
 */
final class NaiveBlocks {
    /** What the sixteen codes of IQ4_NL and IQ4_XS stand for. */
    private static final int[] UNEVEN = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private final QuantType type;
    private final ByteBuffer block;

    private NaiveBlocks(QuantType type, byte[] blocks, int at) {
        this.type = type;
        this.block = ByteBuffer.wrap(blocks, at, type.blockBytes()).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    static float[] decode(QuantType type, byte[] blocks) {
        float[] weights = new float[blocks.length / type.blockBytes() * type.blockSize()];
        for (int i = 0; i < weights.length; i++) {
            NaiveBlocks block = new NaiveBlocks(type, blocks, i / type.blockSize() * type.blockBytes());
            weights[i] = block.weight(i % type.blockSize());
        }
        return weights;
    }

    private float weight(int i) {
        return switch (type) {
            case F32 -> block.getFloat(0);
            case F16 -> half(0);
            case BF16 -> Float.intBitsToFloat(block.getShort(0) << 16);
            // scale, 32 nibbles: the low ones are the first half
            case Q4_0 -> half(0) * (nibble(2, i) - 8);
            // scale, minimum, nibbles
            case Q4_1 -> half(0) * nibble(4, i) + half(2);
            // scale, 32 fifth bits, nibbles
            case Q5_0 -> half(0) * (nibble(6, i) + 16 * bit(2, i) - 16);
            case Q5_1 -> half(0) * (nibble(8, i) + 16 * bit(4, i)) + half(2);
            case Q8_0 -> half(0) * block.get(2 + i);
            // 16 scales with minima in nibbles, codes, scale of scales, scale of minima
            case Q2_K -> half(80) * bits(i / 16, 0, 4) * code(16, 2, i) - half(82) * bits(i / 16, 4, 4);
            // 256 third bits, codes, 16 scales of 6 bits, scale
            case Q3_K -> half(108) * (threeBitScale(i / 16) - 32) * (code(32, 2, i) + 4 * bits(i % 32, i / 32, 1) - 4);
            // scale, minimum, 8 scales and 8 minima of 6 bits, nibbles
            case Q4_K -> half(0) * sixBits(i / 32) * code(16, 4, i) - half(2) * sixBits(8 + i / 32);
            // the same, and 256 fifth bits before the nibbles
            case Q5_K -> half(0) * sixBits(i / 32) * (code(48, 4, i) + 16 * bits(16 + i % 32, i / 32, 1))
                    - half(2) * sixBits(8 + i / 32);
            // nibbles, upper two bits, 16 scales of 8 bits, scale
            case Q6_K -> half(208) * block.get(192 + i / 16) * (sixBitCode(i) - 32);
            case IQ4_NL -> half(0) * UNEVEN[nibble(2, i)];
            // scale, upper two bits of 8 scales, their nibbles, codes: 16 bytes for each 32
            case IQ4_XS -> half(0) * (unevenScale(i / 32) - 32) * UNEVEN[nibble(8 + i / 32 * 16, i % 32)];
        };
    }

    private float half(int at) {
        return Float.float16ToFloat(block.getShort(at));
    }

    /** Some bits of a byte. */
    private int bits(int at, int from, int count) {
        return (block.get(at) >> from) & ((1 << count) - 1);
    }

    /** Of 32 nibbles in 16 bytes: the low ones first, then the high ones. */
    private int nibble(int at, int i) {
        return bits(at + i % 16, i / 16 * 4, 4);
    }

    private int bit(int at, int i) {
        return (block.getInt(at) >>> i) & 1;
    }

    /** Of 256 codes: 32 bytes hold the lowest bits of 32 codes, then the next bits of the next 32, and so on. */
    private int code(int at, int size, int i) {
        int run = i / (32 * 8 / size);
        int within = i % (32 * 8 / size);
        return bits(at + run * 32 + within % 32, within / 32 * size, size);
    }

    /** 16 scales: low nibbles in bytes 96 to 103, the upper two bits in bytes 104 to 107. */
    private int threeBitScale(int group) {
        return bits(96 + group % 8, group / 8 * 4, 4) | (bits(104 + group % 4, group / 4 * 2, 2) << 4);
    }

    /**
     * Eight scales, then eight minima, in bytes 4 to 15. The first four of each are the low six bits of a byte; the
     * others are nibbles with the upper two bits of these bytes.
     */
    private int sixBits(int index) {
        boolean minimum = index >= 8;
        int group = index % 8;
        int first = minimum ? 8 : 4;
        return group < 4
                ? bits(first + group, 0, 6)
                : bits(12 + group % 4, minimum ? 4 : 0, 4) | (bits(first + group % 4, 6, 2) << 4);
    }

    /** Halves of 128: 64 bytes of nibbles and 32 bytes of upper bits each. */
    private int sixBitCode(int i) {
        int half = i / 128;
        int within = i % 128;
        return bits(half * 64 + within % 64, within / 64 * 4, 4)
                | (bits(128 + half * 32 + within % 32, within / 32 * 2, 2) << 4);
    }

    private int unevenScale(int group) {
        return bits(4 + group / 2, group % 2 * 4, 4) | (((block.getShort(2) >> (2 * group)) & 3) << 4);
    }
}
