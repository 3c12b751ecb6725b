package dev.cria.core.host;

import java.lang.ref.Cleaner.Cleanable;
import java.lang.ref.Cleaner;

/** Frees what belonged to objects that nobody can reach any more and nobody has closed: threads and native memory. */
public final class Reclaimer {
    private static final Cleaner CLEANER = Cleaner.create(DaemonThreads.named("cria-reclaimer").factory());

    private Reclaimer() {}

    /**
     * Has something freed once its owner cannot be reached any more, unless it has been before.
     *
     * @param owner who needs it; should keep itself reachable while it does
     * @param release frees it; must not refer to the owner, which would then be reachable for ever
     * @return frees it now; later calls do nothing
     */
    public static Cleanable register(Object owner, Runnable release) {
        return CLEANER.register(owner, release);
    }
}
