package dev.cria.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Memory between pages that nobody may touch: who does, ends the JVM. */
public final class GuardedMemory {
    private static final int PAGE = 4096;
    private static final int PROT_NONE = 0;
    private static final int ALIGNMENTS = 64;

    private final MemorySegment memory;

    /** @param bytes at least so many */
    @SuppressWarnings("restricted")
    public GuardedMemory(long bytes) {
        long size = (bytes + ALIGNMENTS + PAGE - 1) / PAGE * PAGE;
        LinuxCalls calls = LinuxCalls.FOUND.orElseThrow();
        MemorySegment all = calls.map(size + 2 * PAGE).orElseThrow().reinterpret(size + 2 * PAGE);
        assertThat(calls.protect(all, PAGE, PROT_NONE)).isTrue();
        assertThat(calls.protect(all.asSlice(PAGE + size), PAGE, PROT_NONE)).isTrue();
        memory = all.asSlice(PAGE, size);
    }

    /** {@return a part right behind a guard, right before one, or at any address that is near one} */
    public MemorySegment part(long bytes, Random random) {
        long last = memory.byteSize() - bytes;
        return memory.asSlice(switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> last;
            default -> last - random.nextInt(ALIGNMENTS);
        }, bytes);
    }
}
