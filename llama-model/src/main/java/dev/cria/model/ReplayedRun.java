package dev.cria.model;

import dev.cria.model.decoding.TextRun;

/** An answer that is known already, as one piece. */
final class ReplayedRun implements TextRun {
    private final GenerationResult result;
    private boolean handedOut;
    private boolean ended;

    ReplayedRun(GenerationResult result) {
        this.result = result;
    }

    @Override
    public boolean advance() {
        ended = handedOut || result.text().isEmpty();
        handedOut = true;
        return !ended;
    }

    @Override
    public String piece() {
        return result.text();
    }

    @Override
    public GenerationResult result() {
        if (!ended) {
            throw new IllegalStateException("the generation has not ended yet");
        }
        return result;
    }

    @Override
    public void cancel() {
        handedOut = true;
    }

    @Override
    public void close() {
        cancel();
    }
}
