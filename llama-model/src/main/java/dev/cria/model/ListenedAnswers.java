package dev.cria.model;

import dev.cria.model.generation.GenerationResult;
import java.util.function.Consumer;

/**
 * Tells of every generation that has ended.
 *
 * @param next who answers
 * @param listener hears of it; what it throws does no harm
 */
record ListenedAnswers(Answers next, Consumer<? super GenerationResult> listener) implements ForwardingAnswers {
    private static final System.Logger LOGGER = System.getLogger(LlamaModel.class.getName());

    @Override
    public Asked ask(Query query) {
        Asked asked = next.ask(query);
        return (settings, adapters, ahead) -> new ListenedRun(asked.begin(settings, adapters, ahead), this::tell);
    }

    private void tell(GenerationResult result) {
        try {
            listener.accept(result);
        } catch (Exception e) { // Kotlin's listeners throw checked ones, too
            LOGGER.log(System.Logger.Level.WARNING, "a listener of generations failed", e);
        }
    }
}
