package dev.cria.core.machine;

import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;

/** What the code of all kernels has in common. */
final class VectorCode {
    /** Bytes of a vector. */
    static final int BYTES = 32;
    /** Floats of a vector. */
    static final int FLOATS = BYTES / Float.BYTES;

    /** For {@link #halves}: the lower halves of four ints, then the upper ones. */
    static final byte[] HALVES = {
        0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15,
        0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15};
    /** Two bits for each of four longs: the first and third, then the second and fourth. */
    private static final int EVEN_ODD = 0b11_01_10_00;

    private VectorCode() {}

    /** The binary16 numbers in the lower and upper halves of eight ints as floats. */
    static void halves(Assembler assembler, Mem ints, Gpr constant, Ymm low, Ymm high) {
        assembler.vmovdqu(high, ints);
        assembler.vpshufb(high, high, Mem.at(constant, 0));
        assembler.vpermq(high, high, EVEN_ODD);
        assembler.vcvtph2ps(low, high);
        assembler.vextracti128(high, high, 1);
        assembler.vcvtph2ps(high, high);
    }

    /** A float to all lanes, through a general register. */
    static void broadcast(Assembler assembler, Ymm target, float value, Gpr free) {
        assembler.mov(free, Float.floatToRawIntBits(value));
        assembler.vmovd(target, free);
        assembler.vpbroadcastd(target, target);
    }

    /** The lower or upper halves of ints, signed, as floats. */
    static void halfToFloats(Assembler assembler, Ymm target, Ymm ints, boolean upper) {
        if (upper) {
            assembler.vpsrad(target, ints, Short.SIZE);
        } else {
            assembler.vpslld(target, ints, Short.SIZE);
            assembler.vpsrad(target, target, Short.SIZE);
        }
        assembler.vcvtdq2ps(target, target);
    }
}
