package dev.cria.quant.safetensors;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cria.core.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The header of a safetensors file (github.com/huggingface/safetensors): a 64-bit length, then a JSON object that maps
 * names to data type, shape and range of bytes, then the data without holes.
 *
 * @param tensors descriptions in the order of their data
 */
public record SafetensorsHeader(List<Tensor> tensors) {
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PREFIX = Long.BYTES;
    /** A hundred times what the largest models need. */
    private static final int LONGEST_HEADER = 1 << 25;
    private static final int LARGEST_RANK = 16;
    private static final Map<String, Integer> BYTES = Map.ofEntries(Map.entry("BOOL", 1), Map.entry("U8", 1),
            Map.entry("I8", 1), Map.entry("F8_E5M2", 1), Map.entry("F8_E4M3", 1), Map.entry("F8_E8M0", 1),
            Map.entry("I16", 2), Map.entry("U16", 2), Map.entry("F16", 2), Map.entry("BF16", 2), Map.entry("I32", 4),
            Map.entry("U32", 4), Map.entry("F32", 4), Map.entry("F64", 8), Map.entry("I64", 8), Map.entry("U64", 8));

    /**
     * Where a tensor is.
     *
     * @param name its name
     * @param dtype data type by the format's own name
     * @param shape extents, slowest first, as the file has them
     * @param offset where the data begins, in bytes from the beginning of the file
     * @param size bytes of data
     */
    public record Tensor(String name, String dtype, List<Long> shape, long offset, long size) {}

    /** {@return a reader of JSON that refuses names that occur twice and text after the end} */
    static ObjectMapper json() {
        return JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    }

    /**
     * Parses a header and checks it against the file.
     *
     * @param file the file, for messages
     * @param bytes the whole file
     * @return the header
     * @throws MalformedFileException if the file is not of this format, is cut short or contradicts itself
     */
    public static SafetensorsHeader parse(Path file, MemorySegment bytes) {
        if (bytes.byteSize() < PREFIX) {
            throw new MalformedFileException(file, "not a safetensors file: it has " + bytes.byteSize()
                    + " bytes, fewer than the length of its header takes");
        }
        long length = bytes.get(LENGTH, 0);
        if (length < 0 || length > bytes.byteSize() - PREFIX) {
            throw new MalformedFileException(file, "not a safetensors file, or cut short: the length of its header is "
                    + Long.toUnsignedString(length) + ", but " + (bytes.byteSize() - PREFIX) + " bytes follow");
        }
        if (length > LONGEST_HEADER) {
            throw new MalformedFileException(file, "the header has " + length + " bytes, more than the "
                    + LONGEST_HEADER + " that are supported");
        }
        JsonNode header = object(file, bytes.asSlice(PREFIX, length).toArray(ValueLayout.JAVA_BYTE));
        long data = PREFIX + length;
        List<Tensor> tensors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                tensors.add(tensor(file, entry.getKey(), entry.getValue(), data));
            }
        }
        tensors.sort(Comparator.comparingLong(Tensor::offset).thenComparingLong(Tensor::size));
        requireContiguous(file, tensors, data, bytes.byteSize());
        return new SafetensorsHeader(List.copyOf(tensors));
    }

    private static JsonNode object(Path file, byte[] text) {
        try {
            JsonNode header = json().readTree(text);
            if (!header.isObject()) {
                throw new MalformedFileException(file, "the header must be a JSON object, but is of type "
                        + header.getNodeType());
            }
            return header;
        } catch (JacksonException e) {
            throw new MalformedFileException(file, "the header is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new MalformedFileException(file, "the header is not JSON: " + e.getMessage(), e);
        }
    }

    private static Tensor tensor(Path file, String name, JsonNode description, long data) {
        String dtype = description.path("dtype").asText("");
        int bytes = Optional.ofNullable(BYTES.get(dtype)).orElseThrow(() -> new MalformedFileException(file,
                "tensor " + name + " has the unknown data type \"" + dtype + "\""));
        List<Long> shape = numbers(file, name, description, "shape");
        if (shape.size() > LARGEST_RANK) {
            throw new MalformedFileException(file, "tensor " + name + " has " + shape.size() + " dimensions, more than "
                    + LARGEST_RANK);
        }
        List<Long> range = numbers(file, name, description, "data_offsets");
        if (range.size() != 2 || range.getFirst() > range.getLast()) {
            throw new MalformedFileException(file, "data_offsets of tensor " + name
                    + " must be a beginning and an end, but are " + range);
        }
        long size = range.getLast() - range.getFirst();
        long needed = bytes;
        for (long extent : shape) {
            long high = Math.multiplyHigh(needed, extent);
            needed *= extent;
            if (high != 0 || needed < 0) {
                throw new MalformedFileException(file, "tensor " + name + " has the impossible shape " + shape);
            }
        }
        if (needed != size) {
            throw new MalformedFileException(file, "tensor " + name + " of type " + dtype + " and shape " + shape
                    + " needs " + needed + " bytes, but its data_offsets give it " + size);
        }
        if (range.getFirst() > Long.MAX_VALUE - data) {
            throw new MalformedFileException(file, "tensor " + name + " begins beyond the end of the file");
        }
        return new Tensor(name, dtype, shape, data + range.getFirst(), size);
    }

    private static List<Long> numbers(Path file, String name, JsonNode description, String field) {
        JsonNode array = description.path(field);
        if (!array.isArray()) {
            throw new MalformedFileException(file, field + " of tensor " + name + " must be an array");
        }
        List<Long> numbers = new ArrayList<>();
        for (JsonNode element : array) {
            if (!element.isIntegralNumber() || !element.canConvertToLong() || element.longValue() < 0) {
                throw new MalformedFileException(file, field + " of tensor " + name
                        + " must hold whole numbers from 0 on");
            }
            numbers.add(element.longValue());
        }
        return List.copyOf(numbers);
    }

    private static void requireContiguous(Path file, List<Tensor> tensors, long data, long fileSize) {
        long end = data;
        for (Tensor tensor : tensors) {
            if (tensor.offset != end) {
                throw new MalformedFileException(file, "the data of tensor " + tensor.name + " begin at "
                        + (tensor.offset - data) + " instead of " + (end - data)
                        + ", where those of the tensor before end");
            }
            if (tensor.size > fileSize - end) {
                throw new MalformedFileException(file, "the file ends in tensor " + tensor.name + ": " + tensor.size
                        + " bytes expected, " + (fileSize - end) + " are left");
            }
            end += tensor.size;
        }
        if (end != fileSize) {
            throw new MalformedFileException(file, (fileSize - end) + " bytes follow the last tensor");
        }
    }
}
