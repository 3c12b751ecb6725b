package dev.cria.core.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.cria.core.QuantizedLayout;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.memory.ExecutableMemory;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The functions for a layout.
 *
 * @param layout how weights lie in memory
 * @param gemv see {@link GemvCode}
 * @param unpack see {@link UnpackCode}
 * @param gemm see {@link GemmCode}: for one row of inputs, for two, and so on
 * @param summands likewise
 */
record QuantizedCode(QuantizedLayout layout, MethodHandle gemv, MethodHandle unpack, List<MethodHandle> gemm,
        List<MethodHandle> summands) {
    private static final FunctionDescriptor GEMV = FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG,
            ADDRESS);
    private static final FunctionDescriptor UNPACK = FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, ADDRESS,
            JAVA_LONG);
    private static final FunctionDescriptor GEMM = FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG,
            ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);

    /**
     * Writes them.
     *
     * @throws UnsupportedOperationException if the operating system refuses memory
     */
    static QuantizedCode write(QuantizedLayout layout, ExecutableMemory memory) {
        Assembler assembler = new Assembler();
        int constants = assembler.position();
        assembler.data(VectorCode.HALVES);
        int gemv = new GemvCode(assembler, layout).write(constants);
        int unpack = new UnpackCode(assembler, layout).write(constants);
        GemmCode code = new GemmCode(assembler, layout.groupColumns());
        int[] gemm = IntStream.rangeClosed(1, GemmCode.MOST_ROWS).map(code::write).toArray();
        int[] summands = IntStream.rangeClosed(1, layout.summed() ? GemmCode.MOST_ROWS : 0)
                .map(code::writeSummands).toArray();
        MemorySegment loaded = memory.load(assembler.bytes());
        return new QuantizedCode(layout, MachineCode.function(loaded, gemv, GEMV),
                MachineCode.function(loaded, unpack, UNPACK), functions(loaded, gemm), functions(loaded, summands));
    }

    private static List<MethodHandle> functions(MemorySegment code, int[] entries) {
        return IntStream.of(entries).mapToObj(entry -> MachineCode.function(code, entry, GEMM)).toList();
    }
}
