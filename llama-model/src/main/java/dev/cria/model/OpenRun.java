package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken;

/**
 * A run that ends with its model, and hears of its token while somebody waits for it.
 *
 * @param run the run
 * @param lifetime of the model
 * @param token ends it
 */
record OpenRun(TextRun run, Lifetime lifetime, CancellationToken token) implements ForwardingRun {
    @Override
    public boolean advance() {
        lifetime.requireOpen();
        try (CancellationToken.Registration _ = token.onCancel(run::cancel)) {
            return run.advance();
        }
    }
}
