package dev.cria.model.engine;

import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.LoraSet;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Computes for many callers at once. One thread fills each pass from all sequences that can go on; it exists while
 * there is something to do. Every sequence gets the same bits as if it were alone. Thread-safe.
 */
public final class Engine implements AutoCloseable {
    private final ForwardPass forward;
    private final LongSupplier nanoTime;
    private final Scheduler scheduler;

    /**
     * @param forward computes; nobody else may use it
     * @param limits how much is done at once
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    public Engine(ForwardPass forward, EngineLimits limits, LongSupplier nanoTime) {
        this.forward = forward;
        this.nanoTime = nanoTime;
        scheduler = new Scheduler(forward, limits, nanoTime);
    }

    /** {@return the sizes of the model, and its adapters} */
    public ForwardPass forward() {
        return forward;
    }

    /** {@return the clock} */
    public LongSupplier nanoTime() {
        return nanoTime;
    }

    /**
     * {@return a sequence, of which nothing is computed before somebody waits for it}
     *
     * @param prompt its first tokens, at least one and no more than the context holds
     * @param adapters the adapters that change the model
     * @param reusesPrefixes whether it goes on from what others have read, and others from what it has
     * @param head what becomes of the outputs
     * @param unwanted asked by the engine's thread; once it answers true the sequence is dropped
     */
    public Sequence sequence(int[] prompt, LoraSet adapters, boolean reusesPrefixes, Head head,
            BooleanSupplier unwanted) {
        return new Sequence(scheduler, prompt, adapters, reusesPrefixes, head, unwanted);
    }

    /** {@return what the engine does at this moment} */
    public EngineState state() {
        return scheduler.state();
    }

    /**
     * Ends everything within a pass: whoever waits gets an {@link IllegalStateException}. Returns when it has ended.
     */
    @Override
    public void close() {
        scheduler.close();
    }
}
