package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.tiny.TinyLlama;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which model a class of tests wants, and how it is to be loaded.
 *
 * @param path its file, or empty for the tiny model
 * @param contextLength how many tokens prompt and answer may have together, or 0
 * @param chatTemplate name of the chat template, or empty
 * @param problem why there is no such model
 */
record ModelChoice(Optional<Path> path, int contextLength, String chatTemplate, Optional<String> problem) {
    private static final String TINY = "tiny";
    private static final String PROPERTY = "cria.model";

    static ModelChoice of(LlamaTest test, RunSettings settings) {
        String wanted = test.model().isBlank() ? settings.value(PROPERTY).orElse(TINY) : test.model();
        if (wanted.equals(TINY)) {
            return new ModelChoice(Optional.empty(), test.contextLength(), test.chatTemplate(), Optional.empty());
        }
        RunSettings.Resolved resolved = settings.resolve(wanted);
        if (resolved.problem().isPresent()) {
            return new ModelChoice(Optional.empty(), test.contextLength(), test.chatTemplate(),
                    Optional.of("there is no model " + wanted + ": " + resolved.problem().get()));
        }
        Path path = Path.of(resolved.text());
        Optional<String> problem = Files.exists(path)
                ? Optional.empty()
                : Optional
                        .of("there is no model " + path + (wanted.equals(resolved.text()) ? "" : " (" + wanted + ")"));
        return new ModelChoice(Optional.of(path), test.contextLength(), test.chatTemplate(), problem);
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
        return builder.load();
    }
}
