package dev.cria.cli;

import dev.cria.core.CriaException;
import dev.cria.tiny.TinyLlama;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Which model a command runs on: the one that is named, or else the tiny one that comes with the program. */
final class ModelChoice {
    private static final Path TINY = Path.of("tiny");

    private ModelChoice() {}

    /**
     * {@return the model's file, a temporary one for the tiny model}
     *
     * @param named what {@code --model} says, if it was given
     * @param err told when it is the tiny model, lest somebody take it for more
     */
    static Path of(Optional<Path> named, PrintWriter err) {
        if (named.isPresent() && !named.get().equals(TINY)) {
            return named.get();
        }
        err.println(named.isEmpty()
                ? "cria: no --model is named, so this is the tiny model that comes with cria"
                : "cria: this is the tiny model that comes with cria");
        try {
            Path file = Files.createTempFile("cria-tiny", ".gguf");
            file.toFile().deleteOnExit();
            TinyLlama.export(file);
            return file;
        } catch (IOException e) {
            throw new CriaException("cannot write a temporary file for the tiny model: " + e.getMessage(), e);
        }
    }
}
