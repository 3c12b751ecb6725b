package dev.cria.model.generation;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A switch that ends generations: give it to {@code cancelOn}, and call {@link #cancel} from any
 * thread. It takes effect between two layers of the model, so well within the time of one token. One token may serve
 * many generations; once cancelled it stays so. Thread-safe.
 */
public final class CancellationToken {
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    private volatile boolean cancelled;

    /** Makes a token that is not cancelled. */
    public CancellationToken() {}

    /** Ends the generations that were given this token, and those that will be. */
    public void cancel() {
        cancelled = true;
        listeners.forEach(Runnable::run);
    }

    /** {@return whether {@link #cancel} was called} */
    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * Calls a listener when the token is cancelled, in the thread that cancels it, or at once if it has been; perhaps
     * twice.
     *
     * @param listener returns soon and throws nothing
     * @return takes the listener back
     */
    public Registration onCancel(Runnable listener) {
        listeners.add(Objects.requireNonNull(listener, "listener must not be null"));
        if (cancelled) {
            listener.run();
        }
        return () -> listeners.remove(listener);
    }

    /** A listener that waits to be called. */
    public interface Registration extends AutoCloseable {
        /** Takes the listener back. May be called again. */
        @Override
        void close();
    }
}
