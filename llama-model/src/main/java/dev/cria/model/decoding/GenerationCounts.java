package dev.cria.model.decoding;

import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.Timings;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the generations of a model did, once they have ended. Thread-safe. */
public final class GenerationCounts {
    private final Map<FinishReason, LongAdder> finished = new EnumMap<>(FinishReason.class);
    private final LongAdder failed = new LongAdder();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder reusedTokens = new LongAdder();
    private final LongAdder generatedTokens = new LongAdder();
    private final LongAdder draftedTokens = new LongAdder();
    private final LongAdder acceptedTokens = new LongAdder();

    /** Counts from zero. */
    public GenerationCounts() {
        for (FinishReason reason : FinishReason.values()) {
            finished.put(reason, new LongAdder());
        }
    }

    /** @param reason why it has ended; empty if it has failed */
    void ended(Optional<FinishReason> reason, Timings timings) {
        reason.map(finished::get).orElse(failed).increment();
        promptTokens.add(timings.promptTokens());
        reusedTokens.add(timings.reusedTokens());
        generatedTokens.add(timings.generatedTokens());
        draftedTokens.add(timings.draftedTokens());
        acceptedTokens.add(timings.acceptedTokens());
    }

    /** {@return how many have ended for each reason, all reasons included} */
    public Map<FinishReason, Long> finished() {
        Map<FinishReason, Long> counts = new EnumMap<>(FinishReason.class);
        finished.forEach((reason, count) -> counts.put(reason, count.sum()));
        return counts;
    }

    /** {@return how many have failed} */
    public long failed() {
        return failed.sum();
    }

    /** {@return tokens of prompts that were read} */
    public long promptTokens() {
        return promptTokens.sum();
    }

    /** {@return tokens of prompts that had been read before} */
    public long reusedTokens() {
        return reusedTokens.sum();
    }

    /** {@return tokens that were generated} */
    public long generatedTokens() {
        return generatedTokens.sum();
    }

    /** {@return tokens that were guessed and checked} */
    public long draftedTokens() {
        return draftedTokens.sum();
    }

    /** {@return guessed tokens that came true} */
    public long acceptedTokens() {
        return acceptedTokens.sum();
    }
}
