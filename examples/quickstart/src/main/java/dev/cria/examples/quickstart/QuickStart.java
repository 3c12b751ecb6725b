package dev.cria.examples.quickstart;

import dev.cria.model.LlamaModel;
import java.nio.file.Path;

/** Tells a story: {@code QuickStart --model FILE.gguf [PROMPT]}. */
public final class QuickStart {
    private QuickStart() {}

    /**
     * Loads a model and continues a prompt.
     *
     * @param arguments {@code --model FILE.gguf}, then optionally a prompt
     */
    public static void main(String[] arguments) {
        if (arguments.length < 2 || !arguments[0].equals("--model")) {
            System.err.println("usage: QuickStart --model FILE.gguf [PROMPT]");
            System.exit(2);
        }
        String prompt = arguments.length > 2 ? arguments[2] : "Once upon a time";
        try (LlamaModel model = LlamaModel.load(Path.of(arguments[1]))) {
            model.generate(prompt).echo(true).maxTokens(200).forEach(System.out::print);
            System.out.println();
        }
    }
}
