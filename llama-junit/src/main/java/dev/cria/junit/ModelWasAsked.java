package dev.cria.junit;

import dev.cria.model.generation.GenerationResult;
import java.util.List;

/**
 * Shown with the failure of a test as a suppressed exception: what the test asked the model before it failed, and what
 * the model answered, with seeds and options. What the failure itself shows is left out.
 */
public final class ModelWasAsked extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ModelWasAsked(String exchanges) {
        super(exchanges, null, false, false);
    }

    /** Adds to a failure what the model was asked, as far as the failure does not show it. */
    static void addTo(Throwable failure, List<GenerationResult> results) {
        ExchangeText text = ExchangeText.beyond(failure, results);
        if (!text.isEmpty()) {
            failure.addSuppressed(new ModelWasAsked(results.size() + (results.size() == 1 ? " time" : " times")
                    + (text.isComplete() ? "\n" : "; what is not shown above:\n") + text.text()));
        }
    }
}
