package dev.cria.junit;

import dev.cria.model.GenerationResult;
import java.util.ArrayList;
import java.util.List;

/** What the model was asked in a test, and what it answered. Thread-safe. */
final class Exchanges {
    private final List<GenerationResult> results = new ArrayList<>();

    synchronized void add(GenerationResult result) {
        results.add(result);
    }

    synchronized int size() {
        return results.size();
    }

    synchronized List<GenerationResult> from(int first) {
        return List.copyOf(results.subList(first, results.size()));
    }

    /** {@return a result in words} */
    static String describe(GenerationResult result) {
        return "Prompt (" + result.promptTokens().size() + " tokens):\n" + indented(result.prompt()) + "Answer ("
                + result.tokens().size() + " tokens, " + result.finishReason() + "):\n" + indented(result.text())
                + "Seed " + result.seed() + ", options " + result.options();
    }

    static String indented(String text) {
        return text.isEmpty() ? "    (nothing)\n" : text.indent(4);
    }
}
