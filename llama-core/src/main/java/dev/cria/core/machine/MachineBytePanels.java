package dev.cria.core.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.cria.core.BytePanels;
import dev.cria.core.Matrix;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.memory.ExecutableMemory;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * {@link BytePanels} in machine code.
 *
 * @param gemv see {@link ByteGemvCode}
 */
record MachineBytePanels(MethodHandle gemv) implements BytePanels {
    /** Blocks of a call at most, which then reads half a megabyte: the garbage collector waits for it. */
    private static final int MOST_BLOCKS = 512;

    /**
     * Writes the code.
     *
     * @throws UnsupportedOperationException if the operating system refuses memory
     */
    static MachineBytePanels write(ExecutableMemory memory) {
        Assembler assembler = new Assembler();
        int entry = new ByteGemvCode(assembler).write();
        return new MachineBytePanels(MachineCode.function(memory.load(assembler.bytes()), entry,
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG)));
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset) {
        MemorySegment outputs = MachineCode.slice(out, outOffset, Matrix.PANEL_ROWS);
        for (int block = 0; block < blocks; block += MOST_BLOCKS) {
            int count = Math.min(MOST_BLOCKS, blocks - block);
            MemorySegment part = weights.asSlice(offset + (long) block * BLOCK_BYTES, (long) count * BLOCK_BYTES);
            MemorySegment inputs = MachineCode.slice(x, xOffset + (long) block * COLUMNS, (long) count * COLUMNS);
            try {
                gemv.invokeExact(part, inputs, outputs, (long) count);
            } catch (Throwable e) {
                throw MachineCode.unexpected(e);
            }
        }
    }
}
