package dev.cria.quant.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How Q2_K and Q3_K arrange two bits of 256 levels in 64 bytes: each half of 128 levels has 32 bytes, and bits 2g and
 * 2g + 1 of its byte i belong to level 32g + i. A group of 16 levels therefore lies in 16 consecutive bytes.
 */
final class TwoBits {
    private TwoBits() {}

    /** Index of the first byte of a group of 16 levels. */
    static int start(int group) {
        return group / 8 * 32 + group % 2 * 16;
    }

    /** The lower of the two bits of a group of 16 levels. */
    static int shift(int group) {
        return group / 2 % 4 * 2;
    }

    /** Writes the two lowest bits of each of 256 levels. */
    static void write(int[] levels, MemorySegment target, long offset) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int first = 128 * half + i;
                int packed = (levels[first] & 3) | ((levels[first + 32] & 3) << 2) | ((levels[first + 64] & 3) << 4)
                        | ((levels[first + 96] & 3) << 6);
                target.set(ValueLayout.JAVA_BYTE, offset + 32 * half + i, (byte) packed);
            }
        }
    }
}
