package dev.cria.tiny;

import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * A chat model of about 3 million parameters that comes with this jar: for tests, demonstrations, and first steps
 * without a download. What it can and cannot do stands in its model card ({@code MODEL_CARD.md}).
 *
 * <pre>{@code
 * try (LlamaModel model = TinyLlama.load()) {
 *     System.out.println(model.chat().user("What is the capital of France?").temperature(0).text());
 * }
 * }</pre>
 */
public final class TinyLlama {
    private static final String RESOURCE = "tiny.gguf";

    private TinyLlama() {}

    /**
     * Loads the model with default settings.
     *
     * @return the model; closing it is up to the caller
     * @throws CriaException if no temporary file can be written for it
     */
    public static LlamaModel load() {
        Path file = temporaryFile();
        try {
            return LlamaModel.builder(file).load();
        } finally {
            delete(file);
        }
    }

    /**
     * {@return settings for loading the model}
     *
     * <p>They lead to a temporary file, which is deleted when the Java program ends.
     *
     * @throws CriaException if no temporary file can be written for it
     */
    public static LlamaModel.Builder builder() {
        Path file = temporaryFile();
        file.toFile().deleteOnExit();
        return LlamaModel.builder(file);
    }

    /**
     * Writes the model out for other programs.
     *
     * @param file where to, a GGUF file; one that is there is replaced once the new one is complete
     * @throws CriaException if it cannot be written
     */
    public static void export(Path file) {
        String name = Optional.ofNullable(file.getFileName()).map(Path::toString)
                .orElseThrow(() -> new IllegalArgumentException(file + " does not name a file"));
        Path temporary = file.resolveSibling("." + name + ".part");
        try {
            try {
                copy(temporary);
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new CriaException("cannot write " + file + ": " + e.getClass().getSimpleName() + ": "
                    + e.getMessage(), e);
        }
    }

    private static Path temporaryFile() {
        try {
            Path file = Files.createTempFile("cria-tiny", ".gguf");
            copy(file);
            return file;
        } catch (IOException e) {
            throw new CriaException("cannot write a temporary file for the tiny model: "
                    + e.getClass().getSimpleName() + ": " + e.getMessage(), e);
        }
    }

    private static void copy(Path file) throws IOException {
        try (InputStream model = TinyLlama.class.getResourceAsStream(RESOURCE)) {
            if (model == null) {
                throw new IOException("the jar of llama-tiny has no " + RESOURCE);
            }
            Files.copy(model, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** A system that keeps files which are mapped, as Windows does, deletes it when the program ends. */
    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }
}
