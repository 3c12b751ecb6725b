package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import dev.cria.quant.gguf.GgufHeader;
import dev.cria.quant.gguf.HeaderBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes a GGUF file, version 3. First all metadata are given and all tensors declared, then their data are written,
 * tensor by tensor or piece by piece in any order, and {@link #finish()} gives the file its name. Until then everything
 * goes into a temporary file beside it, which {@link #close()} removes, so that an interrupted run leaves nothing that
 * looks like a whole file. Not thread-safe, but {@link #write(String, long, MemorySegment)} may be called by several
 * threads.
 *
 * {@snippet :
 * try (GgufWriter writer = GgufWriter.create(Path.of("model.gguf"))) {
 *     writer.string("general.architecture", "llama").integer("llama.block_count", GgufType.UINT32, 32);
 *     writer.tensor("output_norm.weight", QuantType.F32, 4096);
 *     writer.encode("output_norm.weight", norm);
 *     writer.finish();
 * }
 * }
 */
public final class GgufWriter implements AutoCloseable {
    private static final String ALIGNMENT_KEY = "general.alignment";
    private static final int LONGEST_KEY = 65535;
    /** GGML keeps names in 64 bytes with a zero at the end. */
    private static final int LONGEST_NAME = 63;
    private static final int LARGEST_RANK = 4;
    private static final int PIECE = 1 << 20;

    private record Value(GgufType type, Object value) {}

    /** A declared tensor and how much of it has been written. */
    private static final class Declared {
        private final QuantType type;
        private final List<Long> shape;
        private final long offset;
        private final long size;
        private final AtomicLong written = new AtomicLong();

        Declared(QuantType type, List<Long> shape, long offset, long size) {
            this.type = type;
            this.shape = shape;
            this.offset = offset;
            this.size = size;
        }
    }

    private final Path path;
    private final NewFile file;
    private final FileChannel channel;
    private final SequencedMap<String, Value> metadata = new LinkedHashMap<>();
    private final SequencedMap<String, Declared> tensors = new LinkedHashMap<>();
    private long dataSize;
    /** Where the data section begins; -1 while tensors can still be declared. */
    private volatile long dataStart = -1;

    private GgufWriter(Path path, NewFile file, FileChannel channel) {
        this.path = path;
        this.file = file;
        this.channel = channel;
    }

    /**
     * Begins a file.
     *
     * @param path where it will be once it is finished; a file that is there is replaced then
     * @return a writer without metadata and tensors
     * @throws CriaException if no file can be written beside the path
     */
    public static GgufWriter create(Path path) {
        NewFile file = new NewFile(path);
        try {
            return new GgufWriter(path, file,
                    FileChannel.open(file.path(), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    /**
     * Adds a text.
     *
     * @param key metadata key, new
     * @param value its value
     * @return this writer
     */
    public GgufWriter string(String key, String value) {
        return put(key, GgufType.STRING, value);
    }

    /**
     * Adds a truth value.
     *
     * @param key metadata key, new
     * @param value its value
     * @return this writer
     */
    public GgufWriter bool(String key, boolean value) {
        return put(key, GgufType.BOOL, value);
    }

    /**
     * Adds a whole number.
     *
     * @param key metadata key, new
     * @param type a type of whole numbers that holds the value; llama.cpp expects {@link GgufType#UINT32} for most keys
     * @param value its value
     * @return this writer
     */
    public GgufWriter integer(String key, GgufType type, long value) {
        return put(key, type, value);
    }

    /**
     * Adds a number.
     *
     * @param key metadata key, new
     * @param type {@link GgufType#FLOAT32}, which most keys have, or {@link GgufType#FLOAT64}
     * @param value its value
     * @return this writer
     */
    public GgufWriter number(String key, GgufType type, double value) {
        return put(key, type, value);
    }

    /**
     * Adds an array of texts.
     *
     * @param key metadata key, new
     * @param values its elements
     * @return this writer
     */
    public GgufWriter strings(String key, List<String> values) {
        return put(key, GgufType.STRING, List.copyOf(values));
    }

    /**
     * Adds an array of truth values.
     *
     * @param key metadata key, new
     * @param values its elements
     * @return this writer
     */
    public GgufWriter bools(String key, List<Boolean> values) {
        return put(key, GgufType.BOOL, List.copyOf(values));
    }

    /**
     * Adds an array of whole numbers.
     *
     * @param key metadata key, new
     * @param type a type of whole numbers that holds all elements
     * @param values its elements
     * @return this writer
     */
    public GgufWriter integers(String key, GgufType type, List<Long> values) {
        return put(key, type, List.copyOf(values));
    }

    /**
     * Adds an array of numbers.
     *
     * @param key metadata key, new
     * @param type {@link GgufType#FLOAT32} or {@link GgufType#FLOAT64}
     * @param values its elements
     * @return this writer
     */
    public GgufWriter numbers(String key, GgufType type, List<Double> values) {
        return put(key, type, List.copyOf(values));
    }

    /**
     * Adds all metadata of another file with their types and in its order, except those that describe the file rather
     * than the model: its alignment and its split. Keys that this writer already has keep their values.
     *
     * @param source metadata to copy
     * @return this writer
     */
    public GgufWriter copy(GgufMetadata source) {
        source.asMap().keySet().forEach(key -> copy(source, key));
        return this;
    }

    /**
     * Adds the metadata of one key of another file, as {@link #copy(GgufMetadata)} does.
     *
     * @param source metadata to copy from
     * @param key a key that they have
     * @return this writer
     */
    public GgufWriter copy(GgufMetadata source, String key) {
        if (!key.equals(ALIGNMENT_KEY) && !key.startsWith("split.") && !metadata.containsKey(key)) {
            put(key, source.type(key).orElseThrow(), Objects.requireNonNull(source.asMap().get(key)));
        }
        return this;
    }

    private GgufWriter put(String key, GgufType type, Object value) {
        requireDeclaring();
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > LONGEST_KEY) {
            throw new IllegalArgumentException("a metadata key has 1 to " + LONGEST_KEY + " bytes, not " + length);
        }
        if (key.equals(ALIGNMENT_KEY)) {
            throw new IllegalArgumentException(ALIGNMENT_KEY + " cannot be chosen: tensors are aligned to "
                    + GgufHeader.DEFAULT_ALIGNMENT + " bytes");
        }
        if (metadata.containsKey(key)) {
            throw new IllegalArgumentException("metadata key " + key + " has been given already");
        }
        for (Object element : value instanceof List<?> list ? list : List.of(value)) {
            boolean fits = switch (element) {
                case Long number -> type.holds(number);
                case Double _ -> type == GgufType.FLOAT32 || type == GgufType.FLOAT64;
                case Boolean _ -> type == GgufType.BOOL;
                default -> type == GgufType.STRING;
            };
            if (!fits) {
                throw new IllegalArgumentException("metadata key " + key + ": " + element + " is not of type " + type);
            }
        }
        metadata.put(key, new Value(type, value));
        return this;
    }

    /**
     * Declares a tensor; its data will follow those declared before it.
     *
     * @param name its name, new, at most 63 bytes
     * @param type storage format
     * @param shape 1 to 4 extents, fastest first; the first is a multiple of {@link QuantType#blockSize()}
     * @return this writer
     */
    public GgufWriter tensor(String name, QuantType type, long... shape) {
        requireDeclaring();
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > LONGEST_NAME) {
            throw new IllegalArgumentException("the name of a tensor has 1 to " + LONGEST_NAME + " bytes, but " + name
                    + " has " + length);
        }
        if (shape.length < 1 || shape.length > LARGEST_RANK) {
            throw new IllegalArgumentException("tensor " + name + " has " + shape.length + " extents, not 1 to "
                    + LARGEST_RANK);
        }
        if (tensors.containsKey(name)) {
            throw new IllegalArgumentException("tensor " + name + " has been declared already");
        }
        long size = type.rowBytes(shape[0]);
        List<Long> extents = new ArrayList<>();
        for (long extent : shape) {
            if (extent < 1) {
                throw new IllegalArgumentException("tensor " + name + " has the extent " + extent);
            }
            size = extents.isEmpty() ? size : Math.multiplyExact(size, extent);
            extents.add(extent);
        }
        tensors.put(name, new Declared(type, List.copyOf(extents), dataSize, size));
        dataSize = aligned(Math.addExact(dataSize, size));
        return this;
    }

    /**
     * Writes the next bytes of a tensor.
     *
     * @param name a declared tensor
     * @param data bytes in the tensor's storage format; all of them, or the next piece
     * @throws CriaException if the file cannot be written
     */
    public void write(String name, MemorySegment data) {
        write(name, declared(name).written.get(), data);
    }

    /**
     * Writes some bytes of a tensor. Several threads may write different bytes at the same time, once everything has
     * been declared; no byte may be written twice.
     *
     * @param name a declared tensor
     * @param position index of the first byte within the tensor
     * @param data bytes in the tensor's storage format
     * @throws CriaException if the file cannot be written
     */
    public void write(String name, long position, MemorySegment data) {
        Declared tensor = declared(name);
        long size = data.byteSize();
        long written = tensor.written.get();
        if (size > tensor.size - written || position < 0 || position > tensor.size - size) {
            throw new IllegalArgumentException("tensor " + name + " has " + tensor.size + " bytes, of which "
                    + written + " have been written; " + size + " more are too many");
        }
        start();
        for (long done = 0; done < size;) {
            int count = (int) Math.min(PIECE, size - done);
            write(data.asSlice(done, count).asByteBuffer(), dataStart + tensor.offset + position + done);
            done += count;
        }
        tensor.written.addAndGet(size);
    }

    /**
     * Writes the next weights of a tensor, in its storage format.
     *
     * @param name a declared tensor
     * @param weights the weights; all of them, or the next blocks
     * @throws CriaException if the file cannot be written
     */
    public void encode(String name, float... weights) {
        QuantType type = declared(name).type;
        byte[] blocks = new byte[Math.toIntExact(type.rowBytes(weights.length))];
        type.encode(weights, 0, weights.length, MemorySegment.ofArray(blocks), 0);
        write(name, MemorySegment.ofArray(blocks));
    }

    /**
     * Completes the file and gives it its name.
     *
     * @throws IllegalStateException if a tensor is not complete
     * @throws CriaException if the file cannot be written
     */
    public void finish() {
        for (Map.Entry<String, Declared> entry : tensors.entrySet()) {
            Declared tensor = entry.getValue();
            if (tensor.written.get() != tensor.size) {
                throw new IllegalStateException("tensor " + entry.getKey() + " has " + tensor.size
                        + " bytes, but only " + tensor.written + " have been written");
            }
        }
        start();
        try {
            long end = dataStart + dataSize;
            if (channel.size() < end) {
                write(ByteBuffer.allocate(1), end - 1);
            }
            channel.force(true);
            channel.close();
            file.complete();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    /** Gives up the file unless it is finished. */
    @Override
    public void close() {
        try {
            try {
                channel.close();
            } finally {
                file.close();
            }
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    private Declared declared(String name) {
        @Nullable
        Declared tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("tensor " + name + " has not been declared");
        }
        return tensor;
    }

    private void requireDeclaring() {
        if (dataStart >= 0) {
            throw new IllegalStateException("all metadata and tensors must be given before the first data is written");
        }
    }

    /** Writes the header once, before the first data. */
    private synchronized void start() {
        if (dataStart >= 0) {
            return;
        }
        HeaderBytes header = new HeaderBytes(tensors.size(), metadata.size());
        metadata.forEach((key, value) -> header.metadata(key, value.type, value.value));
        tensors.forEach((name, tensor) -> header.tensor(name, tensor.type, tensor.shape, tensor.offset));
        byte[] bytes = header.toByteArray();
        write(ByteBuffer.wrap(bytes), 0);
        dataStart = aligned(bytes.length);
    }

    private void write(ByteBuffer bytes, long position) {
        try {
            long next = position;
            while (bytes.hasRemaining()) {
                next += channel.write(bytes, next);
            }
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    private static long aligned(long offset) {
        return Math.ceilDiv(offset, GgufHeader.DEFAULT_ALIGNMENT) * GgufHeader.DEFAULT_ALIGNMENT;
    }
}
