package dev.cria.model;

/**
 * A switch that ends generations: give it to {@link GenerationOptions#cancelOn}, and call {@link #cancel} from any
 * thread. It takes effect between two layers of the model, so well within the time of one token. One token may serve
 * many generations; once cancelled it stays so. Thread-safe.
 */
public final class CancellationToken {
    private final Signal cancelled = new Signal();

    /** Makes a token that is not cancelled. */
    public CancellationToken() {}

    /** Ends the generations that were given this token, and those that will be. */
    public void cancel() {
        cancelled.raise();
    }

    /** {@return whether {@link #cancel} was called} */
    public boolean isCancelled() {
        return cancelled.isRaised();
    }

    Signal signal() {
        return cancelled;
    }
}
