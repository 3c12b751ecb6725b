package dev.cria.model;

import dev.cria.model.decoding.TextRun;

/** A run that ends with its model. */
record OpenRun(TextRun run, Inference model) implements ForwardingRun {
    @Override
    public boolean advance() {
        model.requireOpen();
        return run.advance();
    }
}
