package dev.cria.cli;

import dev.cria.model.LlamaModel;
import dev.cria.model.Pooling;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where texts lie among others. */
@Command(name = "embed", mixinStandardHelpOptions = true, description = "Turns texts into vectors of length 1, which lie close together where the texts are alike: one line of numbers for each text.")
final class EmbedCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--text", paramLabel = "TEXT", description = "a text; may be repeated (default: the lines of standard input)")
    private List<String> texts = List.of();

    @Option(names = "--pooling", paramLabel = "HOW", description = "MEAN of the tokens' states, or that of the LAST (default: ${DEFAULT-VALUE})", defaultValue = "MEAN")
    private Pooling pooling = Pooling.MEAN;

    @Option(names = "--json", description = "prints one JSON object when done: {\"embeddings\": [{\"text\", \"vector\"}, ...]}")
    private boolean json;

    @Option(names = "--jsonl", description = "lines are JSON: strings in and arrays of numbers out")
    private boolean jsonl;

    private final List<Map<String, Object>> embeddings = new ArrayList<>();

    @Override
    public Integer call() {
        Shell shell = Shell.of(spec);
        try (LlamaModel llama = model.load(spec)) {
            if (texts.isEmpty()) {
                shell.in().forEachLine(
                        line -> embed(llama, jsonl ? Json.read(line, String.class, "a string") : line, shell.out()));
            } else {
                texts.forEach(text -> embed(llama, text, shell.out()));
            }
        }
        if (json) {
            shell.out().println(Json.write(Map.of("embeddings", embeddings)));
        }
        return 0;
    }

    private void embed(LlamaModel llama, String text, PrintWriter out) {
        float[] vector = llama.embed(text, pooling);
        if (json) {
            Map<String, Object> embedding = new LinkedHashMap<>();
            embedding.put("text", text);
            embedding.put("vector", vector);
            embeddings.add(embedding);
        } else {
            out.println(jsonl ? Json.write(vector) : numbers(vector));
        }
    }

    private static String numbers(float[] vector) {
        StringBuilder line = new StringBuilder();
        for (float component : vector) {
            line.append(line.isEmpty() ? "" : " ").append(component);
        }
        return line.toString();
    }
}
