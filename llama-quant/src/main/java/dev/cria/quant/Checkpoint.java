package dev.cria.quant;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A model's metadata and tensors under the names they have in GGUF, whatever layout they come from. Tensors are read when they are asked
 * for. Thread-safe. The tensors must not be used after {@link #close()}.
 */
public final class Checkpoint implements AutoCloseable {
    private final Path path;
    private final String format;
    private final GgufMetadata metadata;
    private final SequencedMap<String, StoredTensor> tensors;
    private final Runnable end;

    /**
     * @param path what was opened, for messages
     * @param format the layout and its version, such as {@code "GGUF 3"}
     * @param metadata keys and values as a GGUF file has them
     * @param tensors the tensors by their names in GGUF; rows of q and k in the order that GGUF has
     * @param end frees the files
     */
    public Checkpoint(Path path, String format, GgufMetadata metadata,
            SequencedMap<String, ? extends StoredTensor> tensors, Runnable end) {
        this.path = path;
        this.format = format;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
        this.end = end;
    }

    /**
     * {@return the model of a GGUF file}
     *
     * @param file an open file; closed with the checkpoint
     */
    public static Checkpoint of(GgufFile file) {
        return new Checkpoint(file.path(), "GGUF " + file.version(), file.metadata(), file.tensors(), file::close);
    }

    /** {@return what was opened: a file or a directory} */
    public Path path() {
        return path;
    }

    /** {@return the layout and its version, such as {@code "GGUF 3"}} */
    public String format() {
        return format;
    }

    /** {@return keys and values as a GGUF file has them; what a layout does not say is missing} */
    public GgufMetadata metadata() {
        return metadata;
    }

    /** {@return the tensors by their names in GGUF, without {@code output.weight} where the output matrix is the embedding} */
    public SequencedMap<String, StoredTensor> tensors() {
        return tensors;
    }

    /** Unmaps the files. */
    @Override
    public void close() {
        end.run();
    }
}
