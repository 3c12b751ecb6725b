package dev.cria.model.engine;

import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.LoraSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Computes for many callers at once. One thread fills each pass from all sequences that can go on; it exists while
 * there is something to do. Every sequence gets the same bits as if it were alone. Thread-safe.
 */
public final class Engine implements AutoCloseable {
    private final ForwardPass forward;
    private final EngineLimits limits;
    private final Drafting drafting;
    private final LongSupplier nanoTime;
    private final Scheduler scheduler;

    /**
     * @param forward computes; nobody else may use it
     * @param limits how much is done at once
     * @param drafting who guesses the next tokens
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    public Engine(ForwardPass forward, EngineLimits limits, Drafting drafting, LongSupplier nanoTime) {
        this.forward = forward;
        this.limits = limits;
        this.drafting = drafting;
        this.nanoTime = nanoTime;
        scheduler = new Scheduler(forward, limits, nanoTime);
    }

    /** {@return the sizes of the model, and its adapters} */
    public ForwardPass forward() {
        return forward;
    }

    /** {@return how much is done at once} */
    public EngineLimits limits() {
        return limits;
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
        return new Sequence(scheduler, prompt, adapters, reusesPrefixes, head, new Speculation(List.of()), unwanted);
    }

    /**
     * {@return a sequence whose next tokens are guessed where that makes it faster, with the same outcome}
     *
     * @param prompt its first tokens, at least one and no more than the context holds
     * @param adapters the adapters that change the model
     * @param reusesPrefixes whether it goes on from what others have read, and others from what it has
     * @param head what becomes of the outputs
     * @param promptLookup whether they are looked up in the tokens so far; empty for the engine's own choice
     * @param unwanted asked by the engine's thread; once it answers true the sequence is dropped
     */
    public Sequence sequence(int[] prompt, LoraSet adapters, boolean reusesPrefixes, Head head,
            Optional<Boolean> promptLookup, BooleanSupplier unwanted) {
        return new Sequence(scheduler, prompt, adapters, reusesPrefixes, head,
                new Speculation(drafting.drafters(promptLookup)), unwanted);
    }

    /** {@return whether keys and values are kept for texts to come} */
    public boolean keepsPrefixes() {
        return limits.keepsPrefixes();
    }

    /** {@return how many pages there may be} */
    public int mostPages() {
        return scheduler.mostPages();
    }

    /**
     * {@return the pages of the longest beginning of a text that is kept, in their order}
     *
     * @param adapters with which it was read
     * @param text token ids
     * @throws IllegalStateException if the engine has been closed
     */
    public List<KeptPage> kept(LoraSet adapters, int[] text) {
        return scheduler.withPrefixes(prefixes -> prefixes.kept(adapters, text));
    }

    /**
     * {@return all pages that are kept, those first that were used last, and each behind its parent}
     *
     * @param adapters with which they were read
     * @throws IllegalStateException if the engine has been closed
     */
    public List<KeptPage> kept(LoraSet adapters) {
        return scheduler.withPrefixes(prefixes -> prefixes.kept(adapters));
    }

    /**
     * Keeps pages that were kept elsewhere, in place of those that were not used for the longest time. Where there is
     * not enough room, those at the end are left out.
     *
     * @param adapters with which they were read
     * @param pages the pages, each behind its parent; nobody else may write into them
     * @throws IllegalStateException if the engine has been closed
     */
    public void adopt(LoraSet adapters, List<KeptPage> pages) {
        scheduler.withPrefixes(prefixes -> {
            prefixes.adopt(adapters, pages);
            return pages;
        });
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
