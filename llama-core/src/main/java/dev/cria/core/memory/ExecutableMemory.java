package dev.cria.core.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory from which code can be executed. Pages are never writable and executable at the same time, and are never given
 * back: a call can then not meet a page that is gone.
 */
public interface ExecutableMemory {
    /**
     * Copies code to memory and makes it executable, and no longer writable.
     *
     * @param code machine code that depends on no address
     * @return where it is; it lives as long as the JVM
     * @throws UnsupportedOperationException if the operating system refuses; the message says what
     */
    MemorySegment load(byte[] code);

    /**
     * {@return what this operating system has}
     *
     * @throws UnsupportedOperationException if there is none: on systems other than Linux, or in a JVM that may not
     *     call native functions; the message says what to do
     */
    static ExecutableMemory ofThisSystem() {
        if (!LinuxCalls.isLinux()) {
            throw new UnsupportedOperationException(
                    "on " + System.getProperty("os.name") + " Cria cannot make memory executable yet");
        }
        if (!LinuxCalls.isNativeAccessEnabled()) {
            Module own = ExecutableMemory.class.getModule();
            throw new UnsupportedOperationException("start the JVM with --enable-native-access="
                    + (own.isNamed() ? own.getName() : "ALL-UNNAMED"));
        }
        LinuxCalls calls = LinuxCalls.FOUND
                .orElseThrow(() -> new UnsupportedOperationException("the C library has no mmap or mprotect"));
        return code -> load(calls, code);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment load(LinuxCalls calls, byte[] code) {
        MemorySegment pages = calls.map(code.length)
                .orElseThrow(() -> new UnsupportedOperationException("the operating system refuses memory"));
        MemorySegment.copy(code, 0, pages.reinterpret(code.length), ValueLayout.JAVA_BYTE, 0, code.length);
        if (!calls.protect(pages, code.length, LinuxCalls.PROT_READ | LinuxCalls.PROT_EXEC)) {
            calls.unmap(pages, code.length);
            throw new UnsupportedOperationException("the operating system does not let memory become executable");
        }
        return pages.reinterpret(code.length).asReadOnly();
    }
}
