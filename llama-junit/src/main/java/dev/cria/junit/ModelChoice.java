package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.tiny.TinyLlama;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which model a class of tests wants, and how it is to be loaded.
 *
 * @param path its file, or empty for the tiny model
 * @param contextLength how many tokens prompt and answer may have together, or 0
 * @param chatTemplate name of the chat template, or empty
 * @param adapters the LoRA adapters that change it
 * @param problem why there is no such model
 */
record ModelChoice(Optional<Path> path, int contextLength, String chatTemplate, List<Adapter> adapters,
        Optional<String> problem) {
    private static final String TINY = "tiny";
    private static final String PROPERTY = "cria.model";

    /**
     * A LoRA adapter.
     *
     * @param path its file or folder
     * @param scale how much of its change is wanted
     */
    record Adapter(Path path, double scale) {}

    ModelChoice {
        adapters = List.copyOf(adapters);
    }

    static ModelChoice of(LlamaTest test, RunSettings settings) {
        List<String> problems = new ArrayList<>();
        String wanted = test.model().isBlank() ? settings.value(PROPERTY).orElse(TINY) : test.model();
        Optional<Path> path = wanted.equals(TINY)
                ? Optional.empty()
                : Optional.of(located("model", wanted, settings, problems));
        List<Adapter> adapters = new ArrayList<>();
        for (Lora lora : test.lora()) {
            adapters.add(new Adapter(located("LoRA adapter", lora.value(), settings, problems), lora.scale()));
        }
        return new ModelChoice(path, test.contextLength(), test.chatTemplate(), adapters,
                problems.stream().findFirst());
    }

    private static Path located(String what, String wanted, RunSettings settings, List<String> problems) {
        RunSettings.Resolved resolved = settings.resolve(wanted);
        Path path = Path.of(resolved.text());
        if (resolved.problem().isPresent()) {
            problems.add("there is no " + what + " " + wanted + ": " + resolved.problem().get());
        } else if (!Files.exists(path)) {
            problems.add("there is no " + what + " " + path
                    + (wanted.equals(resolved.text()) ? "" : " (" + wanted + ")"));
        }
        return path;
    }

    /** Loads the model; the caller closes it. */
    LlamaModel load() {
        if (problem.isPresent()) {
            throw new CriaException(problem.get());
        }
        LlamaModel.Builder builder = path.map(LlamaModel::builder).orElseGet(TinyLlama::builder);
        if (contextLength != 0) {
            builder.contextLength(contextLength);
        }
        if (!chatTemplate.isEmpty()) {
            builder.chatTemplate(chatTemplate);
        }
        adapters.forEach(adapter -> builder.lora(LoraAdapter.load(adapter.path), adapter.scale));
        return builder.load();
    }

    /** {@return a regular expression for what a transcript says of these adapters: their names and scales} */
    String recordedAdapters() {
        List<Adapter> effective = adapters.stream().filter(adapter -> (float) adapter.scale != 0).toList();
        return effective.isEmpty()
                ? "none"
                : effective.stream().map(adapter -> ".* x " + Pattern.quote(Float.toString((float) adapter.scale)))
                        .collect(Collectors.joining(", "));
    }

    /** {@return the adapters for people, in the manner of a transcript} */
    String adaptersInWords() {
        return adapters.isEmpty()
                ? "none"
                : adapters.stream().map(adapter -> adapter.path + " x " + (float) adapter.scale)
                        .collect(Collectors.joining(", "));
    }

    /** {@return the choice for people} */
    String inWords() {
        return path.map(Path::toString).orElse(TINY)
                + (contextLength == 0 ? "" : " with the context length " + contextLength)
                + (chatTemplate.isEmpty() ? "" : " with the chat template " + chatTemplate)
                + (adapters.isEmpty() ? "" : " with the LoRA adapters " + adaptersInWords());
    }
}
