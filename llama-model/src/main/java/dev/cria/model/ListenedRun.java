package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.GenerationResult;
import java.util.function.Consumer;

/** A run whose result somebody wants to hear of, once, when it has ended. */
final class ListenedRun implements ForwardingRun {
    private final TextRun run;
    private final Consumer<? super GenerationResult> listener;
    private boolean told;

    ListenedRun(TextRun run, Consumer<? super GenerationResult> listener) {
        this.run = run;
        this.listener = listener;
    }

    @Override
    public TextRun run() {
        return run;
    }

    @Override
    public boolean advance() {
        boolean more = run.advance();
        if (!more && !told) {
            told = true;
            listener.accept(run.result());
        }
        return more;
    }
}
