package dev.cria.core.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What is called of the C library of Linux, see {@code <sys/mman.h>}. There is none of it where these functions cannot
 * be called: the system is not Linux, or the application has not been started with {@code --enable-native-access}.
 * Nothing here makes the JVM warn.
 */
@SuppressWarnings("restricted")
record LinuxCalls(MethodHandle mmapHandle, MethodHandle munmapHandle, MethodHandle madviseHandle,
        MethodHandle mprotectHandle) {
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int PROT_EXEC = 4;
    static final int MADV_HUGEPAGE = 14;

    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final long MAP_FAILED = -1;

    static final Optional<LinuxCalls> FOUND = isLinux() && isNativeAccessEnabled() ? find() : Optional.empty();

    static boolean isLinux() {
        return System.getProperty("os.name", "").equals("Linux");
    }

    static boolean isNativeAccessEnabled() {
        return LinuxCalls.class.getModule().isNativeAccessEnabled();
    }

    private static Optional<LinuxCalls> find() {
        SymbolLookup library = Linker.nativeLinker().defaultLookup();
        Optional<MethodHandle> mmap = call(library, "mmap", ValueLayout.ADDRESS, ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG);
        Optional<MethodHandle> munmap = call(library, "munmap", ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG);
        Optional<MethodHandle> madvise = call(library, "madvise", ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        Optional<MethodHandle> mprotect = call(library, "mprotect", ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        return mmap.flatMap(a -> munmap.flatMap(b -> madvise.flatMap(c -> mprotect
                .map(d -> new LinuxCalls(a, b, c, d)))));
    }

    private static Optional<MethodHandle> call(SymbolLookup library, String name, MemoryLayout result,
            MemoryLayout... arguments) {
        return library.find(name).map(function -> Linker.nativeLinker().downcallHandle(function,
                FunctionDescriptor.of(result, arguments)));
    }

    /** Pages that can be read and written, and are zero, or nothing if the system refuses. */
    Optional<MemorySegment> map(long bytes) {
        try {
            MemorySegment pages = (MemorySegment) mmapHandle.invokeExact(MemorySegment.NULL, bytes,
                    PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            return pages.address() == MAP_FAILED ? Optional.empty() : Optional.of(pages);
        } catch (Throwable e) {
            throw new AssertionError("mmap throws nothing", e);
        }
    }

    void unmap(MemorySegment memory, long bytes) {
        try {
            int result = (int) munmapHandle.invokeExact(memory, bytes);
            assert result == 0 : "these pages were mapped";
        } catch (Throwable e) {
            throw new AssertionError("munmap throws nothing", e);
        }
    }

    /** Gives advice, which the system may leave aside. */
    void advise(MemorySegment memory, long bytes, int advice) {
        try {
            int ignored = (int) madviseHandle.invokeExact(memory, bytes, advice);
        } catch (Throwable e) {
            throw new AssertionError("madvise throws nothing", e);
        }
    }

    /** Says what may be done with pages; {@return whether the system allows it} */
    boolean protect(MemorySegment memory, long bytes, int protection) {
        try {
            return (int) mprotectHandle.invokeExact(memory, bytes, protection) == 0;
        } catch (Throwable e) {
            throw new AssertionError("mprotect throws nothing", e);
        }
    }
}
