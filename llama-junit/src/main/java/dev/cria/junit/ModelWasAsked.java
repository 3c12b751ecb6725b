package dev.cria.junit;

import dev.cria.model.GenerationResult;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Shown with the failure of a test as a suppressed exception: what the test asked the model before it failed, and what
 * the model answered, with seeds and options.
 */
public final class ModelWasAsked extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelWasAsked(List<GenerationResult> results) {
        super(results.size() + (results.size() == 1 ? " time" : " times") + "\n" + results.stream()
                .map(Exchanges::describe).collect(Collectors.joining("\n\n")), null, false, false);
    }
}
