package dev.cria.core.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** How machine code is called. */
final class MachineCode {
    private MachineCode() {}

    /**
     * {@return a function, to which arrays of the heap may be passed: it must be a leaf, and short}
     *
     * @param code where the code is
     * @param entry where the function begins in it
     * @param type its type
     */
    @SuppressWarnings("restricted")
    static MethodHandle function(MemorySegment code, int entry, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(code.asSlice(entry), type, Linker.Option.critical(true));
    }

    /** {@return a part of an array, if it has it} */
    static MemorySegment slice(float[] floats, long first, long count) {
        return MemorySegment.ofArray(floats).asSlice(Float.BYTES * first, Float.BYTES * count);
    }

    /**
     * Throws what a call has thrown. Machine code throws nothing; what stands before it does, as when memory has been
     * given back.
     *
     * @return never
     */
    static RuntimeException unexpected(Throwable thrown) {
        switch (thrown) {
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new AssertionError("machine code throws nothing", thrown);
        }
    }
}
