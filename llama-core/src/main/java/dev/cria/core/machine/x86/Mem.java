package dev.cria.core.machine.x86;

import java.util.Optional;

/**
 * An operand in memory: {@code [base + scale * index + displacement]}.
 *
 * @param base a register
 * @param index another one, but not RSP, which cannot be an index
 * @param scale 1, 2, 4 or 8
 * @param displacement bytes
 */
public record Mem(Gpr base, Optional<Gpr> index, int scale, int displacement) {
    /** Checks the index and its scale. */
    public Mem {
        if (Integer.bitCount(scale) != 1 || scale > 8 || scale < 1 || index.equals(Optional.of(Gpr.RSP))) {
            throw new IllegalArgumentException("no such operand: " + scale + " * " + index);
        }
    }

    /**
     * {@return {@code [base + displacement]}}
     *
     * @param base a register
     * @param displacement bytes
     */
    public static Mem at(Gpr base, int displacement) {
        return new Mem(base, Optional.empty(), 1, displacement);
    }

    /**
     * {@return the operand so many bytes further}
     *
     * @param bytes how many
     */
    public Mem plus(int bytes) {
        return new Mem(base, index, scale, displacement + bytes);
    }
}
