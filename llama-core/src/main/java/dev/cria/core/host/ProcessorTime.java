package dev.cria.core.host;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.OptionalLong;

/** How long threads have been on a processor. */
public final class ProcessorTime {
    private ProcessorTime() {}

    /**
     * {@return the nanoseconds for which a thread has computed, or nothing where the JVM does not say}
     *
     * @param thread a platform thread
     */
    public static OptionalLong nanos(Thread thread) {
        try {
            long nanos = Threads.BEAN.isThreadCpuTimeEnabled() ? Threads.BEAN.getThreadCpuTime(thread.threadId()) : -1;
            return nanos < 0 ? OptionalLong.empty() : OptionalLong.of(nanos);
        } catch (LinkageError | UnsupportedOperationException e) {
            // a runtime without java.management, or one that does not measure
            return OptionalLong.empty();
        }
    }

    /** Loaded only when it is asked. */
    private static final class Threads {
        static final ThreadMXBean BEAN = ManagementFactory.getThreadMXBean();
    }
}
