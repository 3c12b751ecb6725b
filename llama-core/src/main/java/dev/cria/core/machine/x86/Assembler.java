package dev.cria.core.machine.x86;

import java.util.Arrays;

/**
 * Writes x86-64 machine code: the instructions that the kernels need, in the order in which they are called. Vectors
 * have 256 bits; their instructions take the VEX prefix of three bytes (Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2, sections 2.1 and 2.3). Operands stand in Intel's order, the target first. Not
 * thread-safe.
 */
public final class Assembler {
    // VEX.pp, the prefix that an instruction would have without VEX
    private static final int NP = 0;
    private static final int P66 = 1;
    private static final int PF3 = 2;
    // VEX.mmmmm, the table of opcodes
    private static final int M0F = 1;
    private static final int M0F38 = 2;
    private static final int M0F3A = 3;
    private static final int NONE = 0;

    private byte[] code = new byte[8192];
    private int size;

    /** No code yet. */
    public Assembler() {}

    /** {@return the code so far} */
    public byte[] bytes() {
        return Arrays.copyOf(code, size);
    }

    /** {@return where the next instruction begins: for {@link #jumpBack}, or the entry of a function} */
    public int position() {
        return size;
    }

    /**
     * Fills with instructions that do nothing up to a multiple.
     *
     * @param multiple a power of two
     */
    public void align(int multiple) {
        while (size % multiple != 0) {
            emit(0x90);
        }
    }

    private void emit(int octet) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) octet;
    }

    private void emit32(int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            emit(value >>> shift);
        }
    }

    // ModRM, SIB and displacement

    private void registerOperand(int reg, int rm) {
        emit(0xc0 | (reg & 7) << 3 | (rm & 7));
    }

    private void memoryOperand(int reg, Mem mem) {
        int base = mem.base().number() & 7;
        boolean near = mem.displacement() == (byte) mem.displacement();
        int modrm = (near ? 0x40 : 0x80) | (reg & 7) << 3;
        // the number of RSP and R12 as a base says that a SIB follows, and 4 as an index that there is none
        if (mem.index().isPresent() || base == Gpr.RSP.number()) {
            emit(modrm | 4);
            int index = mem.index().map(register -> register.number() & 7).orElse(4);
            emit(Integer.numberOfTrailingZeros(mem.scale()) << 6 | index << 3 | base);
        } else {
            emit(modrm | base);
        }
        if (near) {
            emit(mem.displacement());
        } else {
            emit32(mem.displacement());
        }
    }

    private static int high(int register) {
        return register >> 3 & 1;
    }

    private static int highIndex(Mem mem) {
        return mem.index().map(register -> high(register.number())).orElse(0);
    }

    // VEX

    private void vex(int table, int prefix, int w, int opcode, int reg, int second, int highIndex, int highBase) {
        emit(0xc4);
        emit((high(reg) ^ 1) << 7 | (highIndex ^ 1) << 6 | (highBase ^ 1) << 5 | table);
        emit(w << 7 | (second ^ 15) << 3 | 1 << 2 | prefix);
        emit(opcode);
    }

    private void vex(int table, int prefix, int opcode, int reg, int second, Ymm rm) {
        vex(table, prefix, 0, opcode, reg, second, 0, high(rm.number()));
        registerOperand(reg, rm.number());
    }

    private void vex(int table, int prefix, int opcode, int reg, int second, Mem mem) {
        vex(table, prefix, 0, opcode, reg, second, highIndex(mem), high(mem.base().number()));
        memoryOperand(reg, mem);
    }

    private void vex(int table, int prefix, int opcode, Ymm target, Ymm a, Ymm b) {
        vex(table, prefix, opcode, target.number(), a.number(), b);
    }

    private void vex(int table, int prefix, int opcode, Ymm target, Ymm a, Mem b) {
        vex(table, prefix, opcode, target.number(), a.number(), b);
    }

    private void shift(int opcode, int extension, Ymm target, Ymm a, int count) {
        vex(M0F, P66, opcode, extension, target.number(), a);
        emit(count);
    }

    // vectors: moves

    /** Loads 32 bytes, at any address. */
    public void vmovdqu(Ymm target, Mem source) {
        vex(M0F, PF3, 0x6f, target.number(), NONE, source);
    }

    /** Stores 32 bytes, at any address. */
    public void vmovdqu(Mem target, Ymm source) {
        vex(M0F, PF3, 0x7f, source.number(), NONE, target);
    }

    /** Copies a register. */
    public void vmovdqa(Ymm target, Ymm source) {
        vex(M0F, P66, 0x6f, target.number(), NONE, source);
    }

    /** An int to all lanes. */
    public void vpbroadcastd(Ymm target, Mem source) {
        vex(M0F38, P66, 0x58, target.number(), NONE, source);
    }

    /** The lowest int of a register to all lanes. */
    public void vpbroadcastd(Ymm target, Ymm source) {
        vex(M0F38, P66, 0x58, target.number(), NONE, source);
    }

    /** A general register's lower half to the lowest lane; all others become zero. */
    public void vmovd(Ymm target, Gpr source) {
        // the only instruction here on vectors of 128 bits: VEX.L is 0
        emit(0xc4);
        emit((high(target.number()) ^ 1) << 7 | 1 << 6 | (high(source.number()) ^ 1) << 5 | M0F);
        emit(15 << 3 | P66);
        emit(0x6e);
        registerOperand(target.number(), source.number());
    }

    /** Eight signed bytes to ints. */
    public void vpmovsxbd(Ymm target, Mem source) {
        vex(M0F38, P66, 0x21, target.number(), NONE, source);
    }

    /** The lower or upper 16 bytes of a register to the lower ones of another. */
    public void vextracti128(Ymm target, Ymm source, int half) {
        vex(M0F3A, P66, 0x39, source.number(), NONE, target);
        emit(half);
    }

    /** Four longs in another order, two bits each, the lowest first. */
    public void vpermq(Ymm target, Ymm source, int order) {
        vex(M0F3A, P66, 1, 0x00, target.number(), NONE, 0, high(source.number()));
        registerOperand(target.number(), source.number());
        emit(order);
    }

    /** Clears the upper halves of all registers, as code without VEX expects it. */
    public void vzeroupper() {
        emit(0xc5);
        emit(0xf8);
        emit(0x77);
    }

    // vectors: whole numbers

    /** Bits that are in both. */
    public void vpand(Ymm target, Ymm a, Ymm b) {
        vex(M0F, P66, 0xdb, target, a, b);
    }

    /** Bits that are in either. */
    public void vpor(Ymm target, Ymm a, Ymm b) {
        vex(M0F, P66, 0xeb, target, a, b);
    }

    /** Bits that are in one of both. */
    public void vpxor(Ymm target, Ymm a, Ymm b) {
        vex(M0F, P66, 0xef, target, a, b);
    }

    /** Bits that are in one of both. */
    public void vpxor(Ymm target, Ymm a, Mem b) {
        vex(M0F, P66, 0xef, target, a, b);
    }

    /** Adds 16-bit lanes. */
    public void vpaddw(Ymm target, Ymm a, Ymm b) {
        vex(M0F, P66, 0xfd, target, a, b);
    }

    /**
     * Multiplies unsigned bytes of {@code a} with signed bytes of {@code b} and adds neighbouring products to 16-bit
     * lanes, saturated.
     */
    public void vpmaddubsw(Ymm target, Ymm a, Ymm b) {
        vex(M0F38, P66, 0x04, target, a, b);
    }

    /** Bytes of each half in the order that {@code order} says. */
    public void vpshufb(Ymm target, Ymm a, Mem order) {
        vex(M0F38, P66, 0x00, target, a, order);
    }

    /** Bytes of each half in the order that {@code order} says; zero, where its highest bit is set. */
    public void vpshufb(Ymm target, Ymm a, Ymm order) {
        vex(M0F38, P66, 0x00, target, a, order);
    }

    /** Shifts 16-bit lanes left. */
    public void vpsllw(Ymm target, Ymm a, int count) {
        shift(0x71, 6, target, a, count);
    }

    /** Shifts 16-bit lanes right, and zeros in. */
    public void vpsrlw(Ymm target, Ymm a, int count) {
        shift(0x71, 2, target, a, count);
    }

    /** Shifts 32-bit lanes left. */
    public void vpslld(Ymm target, Ymm a, int count) {
        shift(0x72, 6, target, a, count);
    }

    /** Shifts 32-bit lanes right, and signs in. */
    public void vpsrad(Ymm target, Ymm a, int count) {
        shift(0x72, 4, target, a, count);
    }

    // vectors: floats

    /** Ints to floats. */
    public void vcvtdq2ps(Ymm target, Ymm source) {
        vex(M0F, NP, 0x5b, target.number(), NONE, source);
    }

    /** The lower eight binary16 numbers of a register to floats. */
    public void vcvtph2ps(Ymm target, Ymm source) {
        vex(M0F38, P66, 0x13, target.number(), NONE, source);
    }

    /** Adds floats. */
    public void vaddps(Ymm target, Ymm a, Mem b) {
        vex(M0F, NP, 0x58, target, a, b);
    }

    /** Multiplies floats. */
    public void vmulps(Ymm target, Ymm a, Ymm b) {
        vex(M0F, NP, 0x59, target, a, b);
    }

    /** Multiplies floats. */
    public void vmulps(Ymm target, Ymm a, Mem b) {
        vex(M0F, NP, 0x59, target, a, b);
    }

    /** {@code target = a * target + b}, rounded once. */
    public void vfmadd213ps(Ymm target, Ymm a, Ymm b) {
        vex(M0F38, P66, 0xa8, target, a, b);
    }

    /** {@code target = a * target + b}, rounded once. */
    public void vfmadd213ps(Ymm target, Ymm a, Mem b) {
        vex(M0F38, P66, 0xa8, target, a, b);
    }

    /** {@code target = a * target - b}, rounded once. */
    public void vfmsub213ps(Ymm target, Ymm a, Ymm b) {
        vex(M0F38, P66, 0xaa, target, a, b);
    }

    /** {@code target = a * b + target}, rounded once. */
    public void vfmadd231ps(Ymm target, Ymm a, Ymm b) {
        vex(M0F38, P66, 0xb8, target, a, b);
    }

    /** {@code target = a * b + target}, rounded once. */
    public void vfmadd231ps(Ymm target, Ymm a, Mem b) {
        vex(M0F38, P66, 0xb8, target, a, b);
    }

    // general registers

    private void rex(int reg, int index, int rm) {
        emit(0x48 | high(reg) << 2 | index << 1 | high(rm));
    }

    /** The mark of a place that may be called where the processor checks that (CET); does nothing otherwise. */
    public void endbr64() {
        emit(0xf3);
        emit(0x0f);
        emit(0x1e);
        emit(0xfa);
    }

    /** Copies a register. */
    public void mov(Gpr target, Gpr source) {
        rex(source.number(), 0, target.number());
        emit(0x89);
        registerOperand(source.number(), target.number());
    }

    /** Loads a long. */
    public void mov(Gpr target, Mem source) {
        rex(target.number(), highIndex(source), source.base().number());
        emit(0x8b);
        memoryOperand(target.number(), source);
    }

    /** Stores the lower half of a register. */
    public void movInt(Mem target, Gpr source) {
        emit(0x40 | high(source.number()) << 2 | highIndex(target) << 1 | high(target.base().number()));
        emit(0x89);
        memoryOperand(source.number(), target);
    }

    /** Copies the lower half of a register, and clears the upper one. */
    public void movInt(Gpr target, Gpr source) {
        emit(0x40 | high(source.number()) << 2 | high(target.number()));
        emit(0x89);
        registerOperand(source.number(), target.number());
    }

    /** Sets a register to a number, sign-extended. */
    public void mov(Gpr target, int value) {
        rex(0, 0, target.number());
        emit(0xc7);
        registerOperand(0, target.number());
        emit32(value);
    }

    /** An address. */
    public void lea(Gpr target, Mem source) {
        rex(target.number(), highIndex(source), source.base().number());
        emit(0x8d);
        memoryOperand(target.number(), source);
    }

    /** The address of a place in this code, before or after. */
    public void leaCode(Gpr target, int position) {
        rex(target.number(), 0, 0);
        emit(0x8d);
        emit((target.number() & 7) << 3 | 5);
        emit32(position - (size + Integer.BYTES));
    }

    /** Adds a number. */
    public void add(Gpr target, int value) {
        arithmetic(0, target, value);
    }

    /** Subtracts a number. */
    public void sub(Gpr target, int value) {
        arithmetic(5, target, value);
    }

    private void arithmetic(int extension, Gpr target, int value) {
        rex(0, 0, target.number());
        emit(0x81);
        registerOperand(extension, target.number());
        emit32(value);
    }

    /** Compares two registers, signed: for {@link #cmovl}. */
    public void cmp(Gpr a, Gpr b) {
        rex(b.number(), 0, a.number());
        emit(0x39);
        registerOperand(b.number(), a.number());
    }

    /** Copies a register if what was compared was less. */
    public void cmovl(Gpr target, Gpr source) {
        rex(target.number(), 0, source.number());
        emit(0x0f);
        emit(0x4c);
        registerOperand(target.number(), source.number());
    }

    /** Puts a register on the stack. */
    public void push(Gpr register) {
        emit(0x40 | high(register.number()));
        emit(0x50 | (register.number() & 7));
    }

    /** Takes a register from the stack. */
    public void pop(Gpr register) {
        emit(0x40 | high(register.number()));
        emit(0x58 | (register.number() & 7));
    }

    /**
     * Goes back if the result of the last {@link #sub} was above zero, signed.
     *
     * @param position where to
     */
    public void jumpBack(int position) {
        emit(0x0f);
        emit(0x8f);
        emit32(position - (size + Integer.BYTES));
    }

    /** Returns. */
    public void ret() {
        emit(0xc3);
    }

    /** What the processor can do: see its manual. */
    public void cpuid() {
        emit(0x0f);
        emit(0xa2);
    }

    /** What the operating system saves of the processor's state. */
    public void xgetbv() {
        emit(0x0f);
        emit(0x01);
        emit(0xd0);
    }

    /**
     * Puts constants into the code, outside of the way of execution.
     *
     * @param bytes the constants
     */
    public void data(byte[] bytes) {
        for (byte octet : bytes) {
            emit(octet);
        }
    }
}
