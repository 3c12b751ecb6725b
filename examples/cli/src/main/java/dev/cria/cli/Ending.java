package dev.cria.cli;

import dev.cria.model.generation.GenerationResult;
import java.util.Optional;

/** What there is to say about a text that did not end by itself. */
final class Ending {
    private Ending() {}

    /**
     * {@return the remark, if there is one}
     *
     * @param result what was generated
     * @param context tokens that prompt and text may have together
     */
    static Optional<String> remark(GenerationResult result, int context) {
        return switch (result.finishReason()) {
            case MAX_TOKENS -> Optional.of("cut at " + result.tokens().size() + " tokens, as --max-tokens says");
            case CONTEXT_FULL -> Optional.of(result.tokens().isEmpty()
                    ? "the prompt fills the context of " + context + " tokens, so there is no room for an answer"
                    : "cut, because the context of " + context + " tokens is full");
            case CANCELLED -> Optional.of("stopped");
            case TIMEOUT -> Optional.of("cut, because the time is over");
            case STOP_TOKEN, STOP_STRING -> Optional.empty();
        };
    }
}
