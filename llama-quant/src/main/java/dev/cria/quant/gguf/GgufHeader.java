package dev.cria.quant.gguf;

import dev.cria.core.MalformedFileException;
import dev.cria.quant.GgufType;
import dev.cria.quant.QuantType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What stands before the data of a GGUF file (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3.
 *
 * @param version format version
 * @param metadata keys and values in file order; a value is a Long, Double, Boolean, String or List of these
 * @param types the type in the file of each value, of a list that of its elements
 * @param tensors descriptions of the tensors in file order, offsets counted from the beginning of the file
 */
public record GgufHeader(int version, SequencedMap<String, Object> metadata, Map<String, GgufType> types,
        List<Tensor> tensors) {
    /** The letters GGUF, read as a little-endian number. */
    static final int MAGIC = 0x46554747;

    /** Every tensor begins at a multiple of this many bytes unless the metadata name another number. */
    public static final long DEFAULT_ALIGNMENT = 32;

    private static final int ARRAY = 9;
    private static final int LARGEST_RANK = 4;
    /** Far more than any model has, few enough to be held in memory. */
    private static final int MOST_KEYS = 1 << 16;
    private static final int MOST_TENSORS = 1 << 20;
    private static final int MOST_ELEMENTS = 1 << 24;
    private static final int LONGEST_KEY = 65535;
    private static final int LONGEST_NAME = 1024;
    private static final int LONGEST_TEXT = 1 << 26;
    private static final Map<Integer, String> UNSUPPORTED = Map.ofEntries(Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"), Map.entry(16, "IQ2_XXS"), Map.entry(17, "IQ2_XS"), Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"), Map.entry(21, "IQ3_S"), Map.entry(22, "IQ2_S"), Map.entry(24, "I8"),
            Map.entry(25, "I16"), Map.entry(26, "I32"), Map.entry(27, "I64"), Map.entry(28, "F64"),
            Map.entry(29, "IQ1_M"), Map.entry(31, "Q4_0_4_4"), Map.entry(32, "Q4_0_4_8"),
            Map.entry(33, "Q4_0_8_8"), Map.entry(34, "TQ1_0"), Map.entry(35, "TQ2_0"), Map.entry(39, "MXFP4"),
            Map.entry(40, "NVFP4"), Map.entry(41, "Q1_0"), Map.entry(42, "Q2_0"),
            Map.entry(4, "Q4_2"), Map.entry(5, "Q4_3"), Map.entry(36, "IQ4_NL_4_4"), Map.entry(37, "IQ4_NL_4_8"),
            Map.entry(38, "IQ4_NL_8_8"));

    /**
     * Where a tensor is.
     *
     * @param name its name
     * @param type storage format
     * @param shape extents, fastest first
     * @param offset where the data begins, in bytes from the beginning of the file
     * @param size bytes of data
     */
    public record Tensor(String name, QuantType type, List<Long> shape, long offset, long size) {}

    /**
     * Parses a header and checks everything that can be checked without the meaning of the keys.
     *
     * @param file the file, for messages
     * @param bytes the whole file
     * @return the header
     * @throws MalformedFileException if the file is not GGUF, is cut short or contradicts itself
     */
    public static GgufHeader parse(Path file, MemorySegment bytes) {
        Cursor cursor = new Cursor(file, bytes);
        if (bytes.byteSize() < 4 || cursor.int32("the magic number") != MAGIC) {
            throw cursor.malformed("not a GGUF file: it does not begin with the letters GGUF");
        }
        int version = cursor.int32("the version");
        if (version != 2 && version != 3) {
            throw cursor.malformed((version & 0xffff) == 0
                    ? "the file is in big-endian byte order, only little-endian is supported"
                    : "GGUF version is " + Integer.toUnsignedString(version) + ", supported are 2 and 3");
        }
        // the smallest key: no letters, one byte; the smallest tensor description: no name, one extent
        long tensorCount = cursor.int64("the number of tensors");
        int keys = cursor.count(8 + 4 + 1, MOST_KEYS, "number of metadata keys");
        SequencedMap<String, Object> metadata = new LinkedHashMap<>();
        Map<String, GgufType> types = new HashMap<>();
        for (int i = 0; i < keys; i++) {
            String key = cursor.string(LONGEST_KEY, "metadata key number " + (i + 1));
            if (key.isEmpty()) {
                throw cursor.malformed("metadata key number " + (i + 1) + " is empty");
            }
            if (metadata.containsKey(key)) {
                throw cursor.malformed("metadata key " + key + " occurs twice");
            }
            int typeId = cursor.int32("the type of " + key);
            if (typeId == ARRAY) {
                int elementId = cursor.int32("the element type of " + key);
                if (elementId == ARRAY) {
                    throw cursor.malformed("metadata key " + key
                            + " is an array of arrays, which is not supported");
                }
                GgufType type = type(cursor, elementId, "metadata key " + key + " is an array of");
                types.put(key, type);
                metadata.put(key, array(cursor, type, key));
            } else {
                GgufType type = type(cursor, typeId, "metadata key " + key + " has");
                types.put(key, type);
                metadata.put(key, value(cursor, type, key));
            }
        }
        cursor.checkCount(tensorCount, 8 + 4 + 8 + 4 + 8, MOST_TENSORS, "number of tensors");
        List<Tensor> relative = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            relative.add(tensor(cursor, i));
        }
        return new GgufHeader(version, metadata, types, place(cursor, metadata, relative, bytes.byteSize()));
    }

    private static GgufType type(Cursor cursor, int id, String what) {
        return GgufType.ofId(id).orElseThrow(() -> cursor.malformed(what + " the unknown value type "
                + Integer.toUnsignedString(id)));
    }

    private static Object value(Cursor cursor, GgufType type, String key) {
        String what = "the value of " + key;
        return switch (type) {
            case UINT8 -> (long) cursor.unsignedByte(what);
            case INT8 -> (long) (byte) cursor.unsignedByte(what);
            case UINT16 -> (long) Short.toUnsignedInt(cursor.int16(what));
            case INT16 -> (long) cursor.int16(what);
            case UINT32 -> Integer.toUnsignedLong(cursor.int32(what));
            case INT32 -> (long) cursor.int32(what);
            case FLOAT32 -> (double) Float.intBitsToFloat(cursor.int32(what));
            case BOOL -> bool(cursor, what);
            case STRING -> cursor.string(LONGEST_TEXT, what);
            case UINT64 -> unsigned(cursor, what);
            case INT64 -> cursor.int64(what);
            case FLOAT64 -> Double.longBitsToDouble(cursor.int64(what));
        };
    }

    private static Boolean bool(Cursor cursor, String what) {
        int value = cursor.unsignedByte(what);
        if (value > 1) {
            throw cursor.malformed(what + " is a truth value and must be 0 or 1, not " + value);
        }
        return value == 1;
    }

    private static Long unsigned(Cursor cursor, String what) {
        long value = cursor.int64(what);
        if (value < 0) {
            throw cursor.malformed(what + " is " + Long.toUnsignedString(value) + ", beyond any sensible number");
        }
        return value;
    }

    private static List<Object> array(Cursor cursor, GgufType type, String key) {
        int count = cursor.count(type.leastBytes(), MOST_ELEMENTS, "number of elements of " + key);
        List<Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(value(cursor, type, key));
        }
        return Collections.unmodifiableList(values);
    }

    private static Tensor tensor(Cursor cursor, int index) {
        String name = cursor.string(LONGEST_NAME, "the name of tensor number " + (index + 1));
        int rank = cursor.int32("the number of dimensions of tensor " + name);
        if (rank < 1 || rank > LARGEST_RANK) {
            throw cursor.malformed("tensor " + name + " has " + Integer.toUnsignedString(rank)
                    + " dimensions, supported are 1 to " + LARGEST_RANK);
        }
        List<Long> shape = new ArrayList<>(rank);
        long elements = 1;
        for (int i = 0; i < rank; i++) {
            long extent = cursor.int64("the shape of tensor " + name);
            if (extent < 1 || extent > Long.MAX_VALUE / elements) {
                throw cursor.malformed("tensor " + name + " has the impossible extent "
                        + Long.toUnsignedString(extent) + " in dimension " + (i + 1));
            }
            elements *= extent;
            shape.add(extent);
        }
        int typeId = cursor.int32("the type of tensor " + name);
        QuantType type = QuantType.ofGgmlId(typeId).orElseThrow(() -> cursor.malformed("tensor " + name
                + " has the type " + UNSUPPORTED.getOrDefault(typeId, "number " + Integer.toUnsignedString(typeId))
                + ", which is not supported"));
        if (shape.getFirst() % type.blockSize() != 0) {
            throw cursor.malformed("tensor " + name + " of type " + type + " has rows of " + shape.getFirst()
                    + " weights, which is no multiple of its block of " + type.blockSize());
        }
        long blocks = elements / type.blockSize();
        if (blocks > Long.MAX_VALUE / type.blockBytes()) {
            throw cursor.malformed("tensor " + name + " is larger than can be addressed");
        }
        long offset = cursor.int64("the offset of tensor " + name);
        return new Tensor(name, type, shape, offset, blocks * type.blockBytes());
    }

    /** Turns offsets from the data section into offsets from the beginning of the file, and checks them. */
    private static List<Tensor> place(Cursor cursor, Map<String, Object> metadata, List<Tensor> tensors,
            long fileSize) {
        long alignment = DEFAULT_ALIGNMENT;
        if (metadata.containsKey("general.alignment")) {
            if (!(metadata.get("general.alignment") instanceof Long value) || value < 1 || value > 1 << 20
                    || Long.bitCount(value) != 1) {
                throw cursor.malformed("general.alignment must be a power of two up to 1048576, but is "
                        + metadata.get("general.alignment"));
            }
            alignment = value;
        }
        long data = (cursor.position() + alignment - 1) / alignment * alignment;
        SequencedMap<String, Tensor> placed = new LinkedHashMap<>();
        for (Tensor tensor : tensors) {
            if (tensor.offset < 0 || tensor.offset % alignment != 0) {
                throw cursor.malformed("tensor " + tensor.name + " begins at offset "
                        + Long.toUnsignedString(tensor.offset) + ", which is no multiple of the alignment "
                        + alignment);
            }
            if (tensor.size > fileSize - data || tensor.offset > fileSize - data - tensor.size) {
                throw cursor.malformed("the file ends in tensor " + tensor.name + ": its " + tensor.size
                        + " bytes at offset " + tensor.offset + " of the data section reach beyond the "
                        + Math.max(0, fileSize - data) + " bytes there are");
            }
            Tensor absolute = new Tensor(tensor.name, tensor.type, tensor.shape, data + tensor.offset, tensor.size);
            if (placed.putIfAbsent(tensor.name, absolute) != null) {
                throw cursor.malformed("tensor " + tensor.name + " occurs twice");
            }
        }
        refuseOverlap(cursor, placed.values());
        return List.copyOf(placed.values());
    }

    private static void refuseOverlap(Cursor cursor, Collection<Tensor> tensors) {
        List<Tensor> byOffset = tensors.stream().sorted(Comparator.comparingLong(Tensor::offset)).toList();
        for (int i = 1; i < byOffset.size(); i++) {
            Tensor before = byOffset.get(i - 1);
            Tensor tensor = byOffset.get(i);
            if (tensor.offset < before.offset + before.size) {
                throw cursor.malformed("tensors " + before.name + " and " + tensor.name + " overlap: the first has the "
                        + before.size + " bytes from " + before.offset + ", the second begins at " + tensor.offset);
            }
        }
    }
}
