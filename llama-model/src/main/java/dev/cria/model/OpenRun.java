package dev.cria.model;

import dev.cria.model.decoding.TextRun;

/**
 * A run that ends with its model, and hears of its token while somebody waits for it.
 *
 * @param run the run
 * @param model the model
 * @param token ends it
 */
record OpenRun(TextRun run, Inference model, CancellationToken token) implements ForwardingRun {
    @Override
    public boolean advance() {
        model.requireOpen();
        Runnable cancel = run::cancel;
        token.signal().listen(cancel);
        try {
            return run.advance();
        } finally {
            token.signal().forget(cancel);
        }
    }
}
