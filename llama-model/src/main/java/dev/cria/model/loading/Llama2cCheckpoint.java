package dev.cria.model.loading;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.Llama2cFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A checkpoint of llama2.c with the tokenizer beside it. */
final class Llama2cCheckpoint {
    /** These two are constants of llama2.c's run.c, not fields of its files. */
    private static final double NORM_EPSILON = 1e-5;
    private static final double ROPE_BASE = 10_000;

    private Llama2cCheckpoint() {}

    /**
     * Opens a checkpoint.
     *
     * @param path the {@code .bin} file
     * @return the open model
     * @throws MalformedFileException if it is broken
     * @throws CriaException if it cannot be read
     */
    static Checkpoint open(Path path) {
        Llama2cFile file = Llama2cFile.open(path);
        try {
            Llama2cFile.Config config = file.config();
            GgufMetadata.Builder metadata = LlamaMetadata.builder(path, "")
                    .integer(LlamaMetadata.EMBEDDING_LENGTH, config.width())
                    .integer(LlamaMetadata.LAYERS, config.layers()).integer(LlamaMetadata.HEADS, config.heads())
                    .integer(LlamaMetadata.KV_HEADS, config.keyValueHeads())
                    .integer(LlamaMetadata.FEED_FORWARD_LENGTH, config.feedForward())
                    .integer(LlamaMetadata.CONTEXT_LENGTH, config.context())
                    .number(LlamaMetadata.NORM_EPSILON, NORM_EPSILON).number(LlamaMetadata.ROPE_BASE, ROPE_BASE);
            Path folder = Optional.ofNullable(path.toAbsolutePath().getParent()).orElseThrow();
            String trained = "tok" + config.vocabulary();
            ModelVocabulary.find(folder, Stream.of("tokenizer.model", "tokenizer.bin", trained + ".model",
                    trained + ".bin"))
                    .ifPresent(vocabulary -> ModelVocabulary.add(path, vocabulary, config.vocabulary(), metadata));
            String format = config.version() == 0 ? "llama2.c legacy" : "llama2.c v" + config.version();
            return new Checkpoint(path, format, metadata.build(), file.tensors(), file::close);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }
}
