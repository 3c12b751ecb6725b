package dev.cria.core.host;

/**
 * Threads of Cria's own. They are daemons, so that they keep no application from ending, and inherit neither the
 * context class loader nor thread locals of the thread that happens to start them, so that they keep nothing of it in
 * memory: their context class loader is the system's.
 */
public final class DaemonThreads {
    private DaemonThreads() {}

    /**
     * {@return a builder of such threads}
     *
     * @param name their name, which begins with {@code cria-}
     */
    public static Thread.Builder.OfPlatform named(String name) {
        return Thread.ofPlatform().name(name).daemon().inheritInheritableThreadLocals(false);
    }
}
