package dev.cria.tiny;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import dev.cria.model.LlamaModel;
import dev.cria.model.ModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

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
    /** What messages call it. */
    private static final String NAME = RESOURCE + " in the jar of llama-tiny";

    private TinyLlama() {}

    /**
     * Loads the model with default settings.
     *
     * @return the model; closing it is up to the caller
     * @throws CriaException if the jar cannot be read
     */
    public static LlamaModel load() {
        return builder().load();
    }

    /**
     * {@return settings for loading the model}
     *
     * @throws CriaException if the jar cannot be read
     */
    public static LlamaModel.Builder builder() {
        return LlamaModel.builder(MemorySegment.ofArray(bytes()), NAME);
    }

    /**
     * Opens the model without loading it, for its sizes and its tokenizer.
     *
     * @return the open file; closing it is up to the caller
     * @throws CriaException if the jar cannot be read
     */
    public static ModelFile open() {
        return ModelFile.open(MemorySegment.ofArray(bytes()), NAME);
    }

    /**
     * Writes the model out for other programs.
     *
     * @param file where to, a GGUF file; one that is there is replaced once the new one is complete
     * @throws CriaException if it cannot be written
     */
    public static void export(Path file) {
        byte[] bytes = bytes();
        try (NewFile unfinished = new NewFile(file)) {
            Files.write(unfinished.path(), bytes);
            unfinished.complete();
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private static byte[] bytes() {
        try (InputStream model = TinyLlama.class.getResourceAsStream(RESOURCE)) {
            if (model == null) {
                throw new CriaException("the jar of llama-tiny has no " + RESOURCE);
            }
            return model.readAllBytes();
        } catch (IOException e) {
            throw FileFailure.reading(NAME, e);
        }
    }
}
