package dev.cria.examples.quickstart;

import dev.cria.model.LlamaModel;
import dev.cria.tiny.TinyLlama;

/** Asks the model that comes with Cria: {@code QuickStart QUESTION}. */
public final class QuickStart {
    private QuickStart() {}

    /**
     * Loads the model and prints its answer.
     *
     * @param arguments the question
     */
    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            System.err.println("usage: QuickStart QUESTION");
            System.exit(2);
        }
        try (LlamaModel model = TinyLlama.load()) {
            System.out.println(model.chat().user(arguments[0]).temperature(0).text());
        }
    }
}
