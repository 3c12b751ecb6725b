package dev.cria.core.machine;

import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.memory.ExecutableMemory;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * What an x86-64 processor and its operating system say about themselves: the words of {@code cpuid} and {@code xgetbv}
 * that matter (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, section 14.3).
 *
 * @param highestLeaf the highest leaf of {@code cpuid}
 * @param leaf1Ecx features, leaf 1
 * @param leaf7Ebx features, leaf 7
 * @param saved what the system saves, XCR0; asked for only where there is {@code xgetbv}
 */
record Processor(int highestLeaf, int leaf1Ecx, int leaf7Ebx, int saved) {
    private static final int FMA = 1 << 12;
    private static final int OSXSAVE = 1 << 27;
    private static final int AVX = 1 << 28;
    private static final int F16C = 1 << 29;
    private static final int AVX2 = 1 << 5;
    /** The state of XMM and YMM registers. */
    private static final int VECTORS = 0b110;

    /** {@return this processor} */
    static Processor ask(ExecutableMemory memory) {
        Assembler assembler = new Assembler();
        int cpuid = writeCpuid(assembler);
        int xgetbv = writeXgetbv(assembler);
        MemorySegment code = memory.load(assembler.bytes());
        FunctionDescriptor type = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT);
        MethodHandle ask = MachineCode.function(code, cpuid, type);
        int highest = call(ask, 0)[0];
        int leaf1 = highest < 1 ? 0 : call(ask, 1)[2];
        int leaf7 = highest < 7 ? 0 : call(ask, 7)[1];
        int saved = (leaf1 & OSXSAVE) == 0 ? 0 : call(MachineCode.function(code, xgetbv, type), 0)[0];
        return new Processor(highest, leaf1, leaf7, saved);
    }

    /** {@code void cpuid(int[4] result, int leaf, int subleaf)}, the result being EAX, EBX, ECX and EDX */
    private static int writeCpuid(Assembler assembler) {
        int entry = assembler.position();
        assembler.endbr64();
        assembler.push(Gpr.RBX);
        assembler.movInt(Gpr.RAX, Gpr.RSI);
        assembler.movInt(Gpr.RCX, Gpr.RDX);
        assembler.cpuid();
        assembler.movInt(Mem.at(Gpr.RDI, 0), Gpr.RAX);
        assembler.movInt(Mem.at(Gpr.RDI, 4), Gpr.RBX);
        assembler.movInt(Mem.at(Gpr.RDI, 8), Gpr.RCX);
        assembler.movInt(Mem.at(Gpr.RDI, 12), Gpr.RDX);
        assembler.pop(Gpr.RBX);
        assembler.ret();
        return entry;
    }

    /** {@code void xgetbv(int[2] result, int register, int ignored)}, the result being EAX and EDX */
    private static int writeXgetbv(Assembler assembler) {
        assembler.align(16);
        int entry = assembler.position();
        assembler.endbr64();
        assembler.movInt(Gpr.RCX, Gpr.RSI);
        assembler.xgetbv();
        assembler.movInt(Mem.at(Gpr.RDI, 0), Gpr.RAX);
        assembler.movInt(Mem.at(Gpr.RDI, 4), Gpr.RDX);
        assembler.ret();
        return entry;
    }

    private static int[] call(MethodHandle function, int argument) {
        int[] result = new int[4];
        try {
            function.invokeExact(MemorySegment.ofArray(result), argument, 0);
        } catch (Throwable e) {
            throw MachineCode.unexpected(e);
        }
        return result;
    }

    /** {@return what the kernels need and is not there} */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        if ((leaf1Ecx & AVX) == 0 || (leaf7Ebx & AVX2) == 0) {
            missing.add("AVX2");
        }
        if ((leaf1Ecx & FMA) == 0) {
            missing.add("FMA");
        }
        if ((leaf1Ecx & F16C) == 0) {
            missing.add("F16C");
        }
        if ((leaf1Ecx & OSXSAVE) == 0 || (saved & VECTORS) != VECTORS) {
            missing.add("an operating system that saves vectors");
        }
        return missing;
    }
}
