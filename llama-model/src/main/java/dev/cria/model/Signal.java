package dev.cria.model;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Something that happens once, and tells those who wait for it. Thread-safe. */
final class Signal {
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    private volatile boolean raised;

    void raise() {
        raised = true;
        listeners.forEach(Runnable::run);
    }

    boolean isRaised() {
        return raised;
    }

    /** Calls the listener when it happens, or at once if it has; perhaps twice. */
    void listen(Runnable listener) {
        listeners.add(listener);
        if (raised) {
            listener.run();
        }
    }

    void forget(Runnable listener) {
        listeners.remove(listener);
    }
}
