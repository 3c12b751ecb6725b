package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An answer that is known already, as one piece. It takes no time, so a time limit has no bearing on it. */
final class ReplayedRun implements TextRun {
    private final GenerationResult recorded;
    private final CancellationToken cancellation;
    private Optional<GenerationResult> result = Optional.empty();
    private boolean handedOut;
    private volatile boolean cancelled;

    ReplayedRun(GenerationResult recorded, CancellationToken cancellation) {
        this.recorded = recorded;
        this.cancellation = cancellation;
    }

    @Override
    public boolean advance() {
        if (result.isPresent()) {
            return false;
        }
        if (isCancelled() || Thread.currentThread().isInterrupted()) {
            result = Optional.of(cutShort());
            return false;
        }
        if (handedOut || recorded.text().isEmpty()) {
            result = Optional.of(recorded);
            return false;
        }
        handedOut = true;
        return true;
    }

    private GenerationResult cutShort() {
        return new GenerationResult(handedOut ? recorded.text() : "", handedOut ? recorded.tokens() : List.of(),
                recorded.promptTokens(), FinishReason.CANCELLED, recorded.timings(),
                handedOut ? recorded.logProbabilities() : List.of(), recorded.seed(), recorded.prompt(),
                recorded.options(), recorded.droppedMessages());
    }

    @Override
    public String piece() {
        return recorded.text();
    }

    @Override
    public GenerationResult result() {
        return result.orElseThrow(() -> new IllegalStateException("the generation has not ended yet"));
    }

    private boolean isCancelled() {
        return cancelled || cancellation.isCancelled();
    }

    @Override
    public Optional<Duration> timeLeft() {
        return isCancelled() ? Optional.of(Duration.ZERO) : Optional.empty();
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void close() {
        cancel();
    }
}
