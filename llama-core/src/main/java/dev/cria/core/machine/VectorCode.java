package dev.cria.core.machine;

import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Ymm;

/** What the code of all kernels has in common. */
final class VectorCode {
    /** Bytes of a vector. */
    static final int BYTES = 32;
    /** Floats of a vector. */
    static final int FLOATS = BYTES / Float.BYTES;

    private VectorCode() {}

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
