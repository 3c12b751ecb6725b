package dev.cria.model.decoding;

import dev.cria.model.decoding.Generator.Step;
import dev.cria.model.engine.Sequence;
import dev.cria.model.events.FlightRecorder;
import dev.cria.model.events.Generated;
import dev.cria.model.events.Span;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import dev.cria.model.generation.TokenLogProbability;
import dev.cria.model.transformer.LoraSet;
import dev.cria.tokenizer.StreamingDecoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One generation, as its reader sees it: turns tokens into text until there is a reason to end. */
public final class Decoding implements TextRun {
    private final String query;
    private final int[] prompt;
    private final int droppedMessages;
    private final Settings settings;
    private final LongSupplier nanoTime;
    private final Generator generator;
    private final Sequence sequence;
    private final StreamingDecoder decoder;
    private final StopStrings stops;
    private final GenerationCounts counts;

    private final List<Integer> tokens = new ArrayList<>();
    private final List<TokenLogProbability> logProbabilities = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private String piece = "";
    private @Nullable FinishReason finishReason;

    private volatile boolean started;
    private volatile long startNanos;
    private volatile long firstTokenNanos;
    private long generationNanos;
    private volatile Span<Generated> span = _ -> {};
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile boolean cancelled;
    private volatile @Nullable Thread reader;

    /**
     * Prepares a generation; nothing is computed before the first {@link #advance}.
     *
     * @param model the model
     * @param query what is asked, as it is reported in the result
     * @param prompt token ids, at least one and no more than the context holds
     * @param settings the options
     * @param adapters change the model
     * @param ahead most tokens that may be chosen before the reader has taken the first of them, at least 1
     * @param decoder turns the tokens into text
     * @param droppedMessages how many messages of the request the prompt does not have
     */
    public Decoding(TextModel model, String query, int[] prompt, Settings settings, LoraSet adapters, int ahead,
            StreamingDecoder decoder, int droppedMessages) {
        this.droppedMessages = droppedMessages;
        this.query = query;
        this.prompt = prompt.clone();
        this.settings = settings;
        this.decoder = decoder;
        nanoTime = model.engine().nanoTime();
        counts = model.counts();
        stops = new StopStrings(settings.options().stop());
        generator = new Generator(model, prompt, settings, ahead);
        sequence = model.engine().sequence(prompt, adapters, settings.options().prefixReuse(), generator,
                settings.options().promptLookup(), this::isUnwanted);
    }

    @Override
    public boolean advance() {
        piece = "";
        reader = Thread.currentThread();
        try {
            while (piece.isEmpty() && finishReason == null) {
                step();
            }
        } catch (Throwable e) {
            tell(Optional.empty());
            throw e;
        } finally {
            reader = null;
        }
        text.append(piece);
        if (finishReason != null) {
            tell(Optional.of(finishReason));
        }
        return !piece.isEmpty();
    }

    /** Tells once how it has ended; empty if it has failed. */
    private void tell(Optional<FinishReason> reason) {
        if (started && told.compareAndSet(false, true)) {
            Timings timings = timings();
            counts.ended(reason, timings);
            span.end(new Generated(reason.map(FinishReason::name).orElse("FAILED"), firstTokenNanos, timings));
        }
    }

    private void step() {
        if (!started) {
            span = FlightRecorder.generation();
            startNanos = nanoTime.getAsLong();
            started = true;
            if (settings.echo()) {
                piece = decodePrompt();
                return;
            }
        }
        Optional<FinishReason> atOnce = tokens.isEmpty() ? generator.endAfter(0) : Optional.empty();
        if (atOnce.isPresent()) {
            end(atOnce.get());
        } else if (isCancelled(Thread.currentThread())) {
            end(FinishReason.CANCELLED);
        } else {
            // what was chosen in time counts, even if it is read too late
            boolean late = isTimedOut();
            Optional<Step> step = sequence.read(generator::take);
            if (step.isPresent()) {
                take(step.get());
            } else if (late) {
                end(FinishReason.TIMEOUT);
            } else {
                await();
            }
        }
    }

    private String decodePrompt() {
        StringBuilder decoded = new StringBuilder();
        for (int token : prompt) {
            decoded.append(decoder.accept(token));
        }
        return decoded.toString();
    }

    private void take(Step step) {
        switch (step) {
            case Step.Chosen chosen -> {
                generationNanos += chosen.nanos();
                chosen.logProbability().ifPresent(logProbabilities::add);
                if (tokens.isEmpty()) {
                    firstTokenNanos = nanoTime.getAsLong() - startNanos;
                }
                tokens.add(chosen.id());
                piece = stops.accept(decoder.accept(chosen.id()));
                if (stops.matched()) {
                    finishReason = FinishReason.STOP_STRING;
                    sequence.leave();
                }
            }
            case Step.End last -> {
                generationNanos += last.nanos();
                end(last.reason());
            }
        }
    }

    private void await() {
        try {
            sequence.await(settings.options().timeout().map(limit -> nanos(timeLeft(limit))).orElse(Sequence.FOREVER));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (!sequence.read(generator::hasNews) && sequence.isEnded() && !isCancelled(Thread.currentThread())
                && !isTimedOut()) {
            throw new IllegalStateException("the engine has dropped a generation that is wanted");
        }
    }

    private static long nanos(Duration time) {
        return time.compareTo(Duration.ofNanos(Sequence.FOREVER)) < 0 ? time.toNanos() : Sequence.FOREVER;
    }

    private boolean isUnwanted() {
        Thread waiting = reader;
        return isCancelled() || isTimedOut() || (waiting != null && waiting.isInterrupted());
    }

    private boolean isCancelled(Thread runner) {
        return isCancelled() || runner.isInterrupted();
    }

    private boolean isCancelled() {
        return cancelled || settings.cancellation().isCancelled();
    }

    private boolean isTimedOut() {
        return settings.options().timeout().isPresent() && !timeLeft(settings.options().timeout().get()).isPositive();
    }

    @Override
    public Optional<Duration> timeLeft() {
        return isCancelled() ? Optional.of(Duration.ZERO) : settings.options().timeout().map(this::timeLeft);
    }

    private Duration timeLeft(Duration limit) {
        return started ? limit.minusNanos(nanoTime.getAsLong() - startNanos) : limit;
    }

    /** Ends the text with what was held back: half a character, or what might have become a stop string. */
    private void end(FinishReason reason) {
        sequence.leave();
        String tail = stops.accept(decoder.finish());
        finishReason = stops.matched() ? FinishReason.STOP_STRING : reason;
        piece = tail + stops.finish();
    }

    @Override
    public String piece() {
        return piece;
    }

    @Override
    public GenerationResult result() {
        if (finishReason == null) {
            throw new IllegalStateException("the generation has not ended yet");
        }
        return new GenerationResult(text.toString(), tokens, Arrays.stream(prompt).boxed().toList(), finishReason,
                timings(), logProbabilities, settings.drawnSeed(), query, settings.described(),
                droppedMessages);
    }

    private Timings timings() {
        int reused = sequence.reusedTokens();
        int read = Math.max(0, sequence.read(generator::promptRead) - reused);
        return new Timings(read, reused, Duration.ofNanos(sequence.read(generator::promptNanos)), tokens.size(),
                Duration.ofNanos(generationNanos), Duration.ofNanos(sequence.queuedNanos()),
                sequence.draftedTokens(), sequence.acceptedTokens());
    }

    @Override
    public void cancel() {
        cancelled = true;
        sequence.leave();
    }

    @Override
    public void close() {
        cancel();
        tell(Optional.of(FinishReason.CANCELLED));
    }
}
