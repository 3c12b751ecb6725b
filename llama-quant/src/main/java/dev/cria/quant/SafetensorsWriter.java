package dev.cria.quant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Writes a safetensors file. All tensors are declared, then each is written in one piece, in any order, and
 * {@link #finish()} gives the file its name. Until then everything goes into a temporary file beside it, which
 * {@link #close()} removes. Not thread-safe.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final int ALIGNMENT = 8;

    /** A declared tensor. */
    private static final class Declared {
        private final QuantType type;
        private final long elements;
        private final long begin;
        private boolean written;

        Declared(QuantType type, long elements, long begin) {
            this.type = type;
            this.elements = elements;
            this.begin = begin;
        }
    }

    private final Path path;
    private final NewFile file;
    private final FileChannel channel;
    private final ObjectNode header = JsonMapper.builder().build().createObjectNode();
    private final SequencedMap<String, Declared> tensors = new LinkedHashMap<>();
    private long dataSize;
    /** Where the data begin; -1 while tensors can still be declared. */
    private long dataStart = -1;

    private SafetensorsWriter(Path path, NewFile file, FileChannel channel) {
        this.path = path;
        this.file = file;
        this.channel = channel;
        // what Hugging Face's libraries want to see before they load a file
        header.putObject("__metadata__").put("format", "pt");
    }

    /**
     * Begins a file.
     *
     * @param path where it will be once it is finished; a file that is there is replaced then
     * @return a writer without tensors
     * @throws CriaException if no file can be written beside the path
     */
    public static SafetensorsWriter create(Path path) {
        NewFile file = new NewFile(path);
        try {
            return new SafetensorsWriter(path, file,
                    FileChannel.open(file.path(), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    /**
     * Declares a tensor.
     *
     * @param name its name, new
     * @param type F32, F16 or BF16
     * @param shape extents, slowest first, as PyTorch has them; none is negative
     * @return this writer
     * @throws IllegalArgumentException if the name has been declared, or the type or an extent is not possible
     */
    public SafetensorsWriter tensor(String name, QuantType type, long... shape) {
        if (dataStart >= 0) {
            throw new IllegalStateException("all tensors must be declared before the first is written");
        }
        if (type != QuantType.F32 && type != QuantType.F16 && type != QuantType.BF16) {
            throw new IllegalArgumentException("safetensors files hold F32, F16 and BF16, not " + type);
        }
        if (tensors.containsKey(name) || name.equals("__metadata__")) {
            throw new IllegalArgumentException("tensor " + name + " has been declared already");
        }
        ObjectNode description = header.objectNode().put("dtype", type.name());
        ArrayNode extents = description.putArray("shape");
        long elements = 1;
        for (long extent : shape) {
            if (extent < 0) {
                throw new IllegalArgumentException("tensor " + name + " has the extent " + extent);
            }
            elements = Math.multiplyExact(elements, extent);
            extents.add(extent);
        }
        tensors.put(name, new Declared(type, elements, dataSize));
        ArrayNode range = description.putArray("data_offsets").add(dataSize);
        dataSize = Math.addExact(dataSize, type.rowBytes(elements));
        range.add(dataSize);
        header.set(name, description);
        return this;
    }

    /**
     * Writes a tensor.
     *
     * @param name a declared tensor that has not been written
     * @param weights all its elements
     * @throws IllegalArgumentException if it has not been declared, has been written, or has another number of elements
     * @throws CriaException if the file cannot be written
     */
    public void encode(String name, float... weights) {
        Declared tensor = Optional.ofNullable(tensors.get(name)).orElseThrow(
                () -> new IllegalArgumentException("tensor " + name + " has not been declared"));
        if (tensor.written || weights.length != tensor.elements) {
            throw new IllegalArgumentException("tensor " + name + " of " + tensor.elements
                    + (tensor.written ? " elements has been written already" : " elements got " + weights.length));
        }
        byte[] bytes = new byte[Math.toIntExact(tensor.type.rowBytes(weights.length))];
        tensor.type.encode(weights, 0, weights.length, MemorySegment.ofArray(bytes), 0);
        start();
        write(ByteBuffer.wrap(bytes), dataStart + tensor.begin);
        tensor.written = true;
    }

    /**
     * Completes the file and gives it its name.
     *
     * @throws IllegalStateException if a tensor has not been written
     * @throws CriaException if the file cannot be written
     */
    public void finish() {
        for (Map.Entry<String, Declared> entry : tensors.entrySet()) {
            if (!entry.getValue().written) {
                throw new IllegalStateException("tensor " + entry.getKey() + " has not been written");
            }
        }
        start();
        try {
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

    /** Writes the header once, filled up with spaces so that the data are aligned. */
    private void start() {
        if (dataStart >= 0) {
            return;
        }
        try {
            byte[] json = JsonMapper.builder().build().writeValueAsBytes(header);
            int length = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
            byte[] padded = Arrays.copyOf(json, length);
            Arrays.fill(padded, json.length, length, (byte) ' ');
            ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putLong(length).put(padded).flip();
            write(bytes, 0);
            dataStart = bytes.capacity();
        } catch (JsonProcessingException e) {
            throw FileFailure.writing(path, e);
        }
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
}
