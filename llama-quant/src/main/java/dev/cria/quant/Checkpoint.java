package dev.cria.quant;

import dev.cria.core.CriaException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * A model's metadata and tensors under the names they have in GGUF, whatever layout they come from. Tensors are read
 * when they are asked for. Thread-safe. The tensors must not be used after {@link #close()}.
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

    /**
     * Returns the model with its matrices in another storage format, to which they are brought whenever they are read.
     * Vectors stay as they are. A model that has a matrix in this format already is returned as it is.
     *
     * @param type the format
     * @return the model; closing it closes this one
     * @throws CriaException if a matrix is quantised in another format already, which would add its errors to the new
     *         ones, or has rows that are no multiple of the format's block
     */
    public Checkpoint quantized(QuantType type) {
        if (tensors.values().stream().anyMatch(tensor -> isMatrix(tensor) && tensor.type() == type)) {
            return this;
        }
        SequencedMap<String, StoredTensor> quantized = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> quantized.put(name, isMatrix(tensor) ? quantized(tensor, type) : tensor));
        return new Checkpoint(path, format, metadata, quantized, end);
    }

    private static boolean isMatrix(StoredTensor tensor) {
        return tensor.shape().size() > 1;
    }

    private StoredTensor quantized(StoredTensor tensor, QuantType type) {
        if (tensor.type().blockSize() > 1) {
            throw new CriaException(path + ": cannot quantise to " + type + ": tensor " + tensor.name()
                    + " is quantised already, as " + tensor.type() + "; quantise the original instead");
        }
        if (tensor.columns() % type.blockSize() != 0) {
            throw new CriaException(path + ": cannot quantise to " + type + ": tensor " + tensor.name()
                    + " has rows of " + tensor.columns() + " weights, which must be a multiple of "
                    + type.blockSize());
        }
        return tensor.quantized(type);
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

    /**
     * {@return the tensors by their names in GGUF, without {@code output.weight} where the output matrix is the
     * embedding}
     */
    public SequencedMap<String, StoredTensor> tensors() {
        return tensors;
    }

    /** A tensor that is known to be there. */
    StoredTensor tensor(String name) {
        return Objects.requireNonNull(tensors.get(name));
    }

    /** Unmaps the files. */
    @Override
    public void close() {
        end.run();
    }
}
