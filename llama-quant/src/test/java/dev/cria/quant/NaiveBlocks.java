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
            case Q2_K -> half(80) * (unsigned(i / 16) & 15) * code(16, 2, i) - half(82) * (unsigned(i / 16) >> 4);
            // 256 third bits, codes, 16 scales of 6 bits, scale
            case Q3_K -> half(108) * (threeBitScale(i / 16) - 32) * (code(32, 2, i) + 4 * highBit(0, i) - 4);
            // scale, minimum, 8 scales and 8 minima of 6 bits, nibbles
            case Q4_K -> half(0) * sixBits(i / 32) * code(16, 4, i) - half(2) * sixBits(8 + i / 32);
            // the same, and 256 fifth bits before the nibbles
            case Q5_K -> half(0) * sixBits(i / 32) * (code(48, 4, i) + 16 * (unsigned(16 + i % 32) >> (i / 32) & 1))
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

    private int unsigned(int at) {
        return block.get(at) & 0xff;
    }

    /** Of 32 nibbles in 16 bytes: the low ones first, then the high ones. */
    private int nibble(int at, int i) {
        return unsigned(at + i % 16) >> (i / 16 * 4) & 15;
    }

    private int bit(int at, int i) {
        return block.getInt(at) >>> i & 1;
    }

    /** Of 256 codes: a run of bytes holds the lowest bits of so many, then the next ones of as many. */
    private int code(int at, int bits, int i) {
        int perByte = 8 / bits;
        int run = i / (32 * perByte);
        int within = i % (32 * perByte);
        return unsigned(at + run * 32 + within % 32) >> (within / 32 * bits) & ((1 << bits) - 1);
    }

    /** Byte i % 32 holds one more bit of every 32nd code. */
    private int highBit(int at, int i) {
        return unsigned(at + i % 32) >> (i / 32) & 1;
    }

    /** 16 scales: low nibbles in bytes 0 to 7, the upper two bits in bytes 8 to 11. */
    private int threeBitScale(int group) {
        int low = unsigned(96 + group % 8) >> (group / 8 * 4) & 15;
        return low | (unsigned(104 + group % 4) >> (group / 4 * 2) & 3) << 4;
    }

    /**
     * Scales 0 to 3 and minima 0 to 3 are the low six bits of 8 bytes; the others are nibbles with these' upper two.
     */
    private int sixBits(int index) {
        boolean minimum = index >= 8;
        int group = index % 8;
        int first = 4 + (minimum ? 4 : 0);
        if (group < 4) {
            return unsigned(first + group) & 63;
        }
        int nibbles = unsigned(12 + group % 4);
        return (minimum ? nibbles >> 4 : nibbles & 15) | unsigned(first + group % 4) >> 6 << 4;
    }

    /** Halves of 128: 64 bytes of nibbles and 32 bytes of upper bits each. */
    private int sixBitCode(int i) {
        int half = i / 128;
        int within = i % 128;
        int low = unsigned(half * 64 + within % 64) >> (within / 64 * 4) & 15;
        return low | (unsigned(128 + half * 32 + within % 32) >> (within / 32 * 2) & 3) << 4;
    }

    private int unevenScale(int group) {
        int low = unsigned(4 + group / 2) >> (group % 2 * 4) & 15;
        return low | (block.getShort(2) >> (2 * group) & 3) << 4;
    }
}
