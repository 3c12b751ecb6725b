package dev.cria.quant.packed;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Memory for weights in pages of 2 MiB, where the operating system has them: it hands out a page of 4 KiB at the first
 * touch of each, which for billions of bytes takes longer than to fill them. The memory comes from the C library's
 * {@code mmap} and {@code madvise}, already cleared, so that it need not be cleared again as an arena would. Where
 * these cannot be called, because the system is not Linux or the application has not been started with
 * {@code --enable-native-access}, the arena allocates as it always does. Thread-safe if the arena is shared.
 */
final class HugePages implements SegmentAllocator {
    /** Size of a huge page with x86-64 and, mostly, with aarch64. */
    private static final long PAGE = 2L << 20;

    // the values that Linux has given them, see <sys/mman.h>
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private static final Optional<Calls> CALLS = Calls.find();

    private final Arena arena;

    /** @param arena owns the memory */
    HugePages(Arena arena) {
        this.arena = arena;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return byteSize < PAGE
                ? arena.allocate(byteSize, byteAlignment)
                : CALLS.flatMap(calls -> calls.map(byteSize, arena))
                        .orElseGet(() -> arena.allocate(byteSize, byteAlignment));
    }

    /** What is called of the C library. */
    @SuppressWarnings("restricted")
    private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
        static Optional<Calls> find() {
            if (!System.getProperty("os.name").equals("Linux")
                    || !HugePages.class.getModule().isNativeAccessEnabled()) {
                return Optional.empty();
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            return library.find("mmap").flatMap(mmap -> library.find("munmap").flatMap(munmap -> library
                    .find("madvise")
                    .map(madvise -> new Calls(
                            linker.downcallHandle(mmap,
                                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS,
                                            ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
                                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)),
                            linker.downcallHandle(munmap,
                                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
                                            ValueLayout.JAVA_LONG)),
                            linker.downcallHandle(madvise, FunctionDescriptor.of(ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT))))));
        }

        /** Memory that begins with a huge page and is given back with the arena, or nothing if the system refuses. */
        Optional<MemorySegment> map(long bytes, Arena arena) {
            long reserved = bytes + PAGE;
            MemorySegment pages = map(reserved);
            if (pages.address() == MAP_FAILED) {
                return Optional.empty();
            }
            MemorySegment owned;
            try {
                owned = pages.reinterpret(reserved, arena, memory -> unmap(memory, reserved));
            } catch (RuntimeException | Error e) {
                // the arena does not own them
                unmap(pages, reserved);
                throw e;
            }
            MemorySegment aligned = owned.asSlice(-owned.address() & (PAGE - 1), bytes);
            advise(aligned);
            return Optional.of(aligned);
        }

        private MemorySegment map(long bytes) {
            try {
                return (MemorySegment) mmap.invokeExact(MemorySegment.NULL, bytes, PROT_READ_WRITE,
                        MAP_PRIVATE_ANONYMOUS, -1, 0L);
            } catch (Throwable e) {
                throw new AssertionError("mmap throws nothing", e);
            }
        }

        private void unmap(MemorySegment memory, long bytes) {
            try {
                int result = (int) munmap.invokeExact(memory, bytes);
                assert result == 0 : "these pages were mapped";
            } catch (Throwable e) {
                throw new AssertionError("munmap throws nothing", e);
            }
        }

        /**
         * The end of the memory, less than a huge page, keeps pages of the usual size. So does all of it if the system
         * refuses.
         */
        private void advise(MemorySegment memory) {
            try {
                int ignored = (int) madvise.invokeExact(memory, memory.byteSize() & -PAGE, MADV_HUGEPAGE);
            } catch (Throwable e) {
                throw new AssertionError("madvise throws nothing", e);
            }
        }
    }
}
