package dev.cria.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;

/**
 * Memory for weights in pages of 2 MiB, where the operating system has them: it hands out a page of 4 KiB at the first
 * touch of each, which for billions of bytes takes longer than to fill them. The memory comes from the C library's
 * {@code mmap} and {@code madvise}, already cleared, so that it need not be cleared again as an arena would. Where
 * these cannot be called, because the system is not Linux or the application has not been started with
 * {@code --enable-native-access}, the arena allocates as it always does. Thread-safe if the arena is shared.
 */
public final class HugePages implements SegmentAllocator {
    /** Size of a huge page with x86-64 and, mostly, with aarch64. */
    private static final long PAGE = 2L << 20;

    private final Arena arena;

    /** @param arena owns the memory */
    public HugePages(Arena arena) {
        this.arena = arena;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return byteSize < PAGE
                ? arena.allocate(byteSize, byteAlignment)
                : LinuxCalls.FOUND.flatMap(calls -> map(calls, byteSize))
                        .orElseGet(() -> arena.allocate(byteSize, byteAlignment));
    }

    /** Memory that begins with a huge page and is given back with the arena, or nothing if the system refuses. */
    private Optional<MemorySegment> map(LinuxCalls calls, long bytes) {
        long reserved = bytes + PAGE;
        return calls.map(reserved).map(pages -> {
            MemorySegment owned = own(calls, pages, reserved);
            MemorySegment aligned = owned.asSlice(-owned.address() & (PAGE - 1), bytes);
            // the end, less than a huge page, keeps pages of the usual size
            calls.advise(aligned, bytes & -PAGE, LinuxCalls.MADV_HUGEPAGE);
            return aligned;
        });
    }

    @SuppressWarnings("restricted")
    private MemorySegment own(LinuxCalls calls, MemorySegment pages, long bytes) {
        try {
            return pages.reinterpret(bytes, arena, memory -> calls.unmap(memory, bytes));
        } catch (RuntimeException | Error e) {
            // the arena does not own them
            calls.unmap(pages, bytes);
            throw e;
        }
    }
}
