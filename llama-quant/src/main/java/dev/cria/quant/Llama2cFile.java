package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.quant.block.BlockCodec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Weights in the checkpoint formats of llama2.c ({@code .bin}): the legacy one without a magic number, version 1
 * (floats) and version 2 (8 bits), mapped into memory. Tensors get the names they have in GGUF; their rows are in the
 * same order as there. Weights of version 2, whose scales are apart from their levels, are turned into floats when the
 * file is opened. Thread-safe. The data of tensors must not be used after {@link #close()}.
 */
public final class Llama2cFile implements AutoCloseable {
    private static final int MAGIC = 0x616b3432;
    private static final int LEGACY_HEADER = 7 * Integer.BYTES;
    private static final int HEADER = 256;
    private static final int CONFIG = 2 * Integer.BYTES;
    private static final int SHARED = CONFIG + LEGACY_HEADER;
    private static final int GROUP = SHARED + 1;
    /** Far beyond any model; products of three of them and four bytes fit a long. */
    private static final int LARGEST = 1 << 19;
    private static final int MOST_LAYERS = 1 << 12;

    /**
     * The sizes of the model.
     *
     * @param version 0 for the legacy format, 1 or 2
     * @param width length of an embedding
     * @param feedForward inner width of the feed-forward network
     * @param layers number of layers
     * @param heads query heads
     * @param keyValueHeads key and value heads
     * @param vocabulary number of tokens
     * @param context greatest number of positions
     * @param sharedOutput whether the output matrix is the embedding
     * @param group weights that share a scale, 0 except in version 2
     */
    public record Config(int version, int width, int feedForward, int layers, int heads, int keyValueHeads,
            int vocabulary, int context, boolean sharedOutput, int group) {}

    private final Path path;
    private final Arena arena;
    private final WeightBytes file;
    private final MemorySegment bytes;
    private final Config config;
    private final SequencedMap<String, WeightTensor> tensors = new LinkedHashMap<>();
    private long position;

    private Llama2cFile(Path path, Arena arena) {
        this.path = path;
        this.arena = arena;
        this.file = WeightBytes.open(path, "llama2.c", arena);
        this.bytes = file.bytes();
        this.config = readConfig();
    }

    /**
     * Opens a checkpoint.
     *
     * @param path the file
     * @return the open file
     * @throws MalformedFileException if it is not of this format or cut short
     * @throws CriaException if it cannot be read
     */
    public static Llama2cFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            Llama2cFile file = new Llama2cFile(path, arena);
            file.requireSize();
            if (file.config.version == 0) {
                file.addLegacy();
            } else {
                file.addVersioned();
            }
            return file;
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private Config readConfig() {
        if (bytes.byteSize() < LEGACY_HEADER) {
            throw malformed("not a llama2.c checkpoint: it has " + bytes.byteSize() + " bytes, its header alone takes "
                    + LEGACY_HEADER);
        }
        if (integer(0) != MAGIC) {
            int vocabulary = integer(5 * Integer.BYTES);
            position = LEGACY_HEADER;
            return sizes(0, 0, vocabulary == Integer.MIN_VALUE ? 0 : Math.abs(vocabulary), vocabulary > 0, 0);
        }
        if (bytes.byteSize() < HEADER) {
            throw malformed("the file is cut short: it has " + bytes.byteSize() + " bytes, its header alone takes "
                    + HEADER);
        }
        int version = integer(Integer.BYTES);
        if (version != 1 && version != 2) {
            throw malformed("its version is " + version + ", supported are the legacy format, 1 and 2");
        }
        int group = version == 2 ? integer(GROUP) : 0;
        position = HEADER;
        return sizes(version, CONFIG, integer(CONFIG + 5 * Integer.BYTES),
                bytes.get(ValueLayout.JAVA_BYTE, SHARED) != 0,
                group);
    }

    private Config sizes(int version, int at, int vocabulary, boolean shared, int group) {
        int width = size(integer(at), LARGEST, "width");
        int feedForward = size(integer(at + 4), LARGEST, "feed-forward width");
        int layers = size(integer(at + 8), MOST_LAYERS, "number of layers");
        int heads = size(integer(at + 12), width, "number of heads");
        int keyValueHeads = size(integer(at + 16), heads, "number of key and value heads");
        size(vocabulary, LARGEST, "vocabulary size");
        int context = size(integer(at + 24), Integer.MAX_VALUE, "context length");
        if (width % heads != 0 || heads % keyValueHeads != 0) {
            throw malformed(heads + " heads must divide the width " + width + " and be a multiple of the "
                    + keyValueHeads + " key and value heads");
        }
        if (version == 2 && (group < 1 || width % group != 0 || feedForward % group != 0
                || width / heads * keyValueHeads * (long) width % group != 0)) {
            throw malformed("its group size is " + group + ", which must divide the widths " + width + " and "
                    + feedForward);
        }
        return new Config(version, width, feedForward, layers, heads, keyValueHeads, vocabulary, context, shared,
                group);
    }

    private int size(int value, int largest, String what) {
        if (value < 1 || value > largest) {
            throw malformed("the " + what + " is " + value + ", which must be from 1 to " + largest
                    + "; perhaps this is no llama2.c checkpoint");
        }
        return value;
    }

    private int integer(long offset) {
        return bytes.get(BlockCodec.INT, offset);
    }

    private int keyValueWidth() {
        return config.width / config.heads * config.keyValueHeads;
    }

    /**
     * There are no names or offsets in these files, so only a size that is right to the byte says that they are what
     * they seem.
     */
    private void requireSize() {
        long width = config.width;
        long matrices = config.vocabulary * width * (config.sharedOutput ? 1 : 2) + config.layers
                * (2 * width * width + 2 * width * keyValueWidth() + 3 * width * config.feedForward);
        long norms = (2L * config.layers + 1) * width;
        long expected = position + norms * Float.BYTES + switch (config.version) {
            case 0 -> (matrices + rotations()) * Float.BYTES;
            case 1 -> matrices * Float.BYTES;
            default -> matrices + matrices / config.group * Float.BYTES;
        };
        if (bytes.byteSize() != expected) {
            throw malformed("a model of these sizes has " + expected + " bytes, but the file has " + bytes.byteSize());
        }
    }

    /** The tables of cosines and sines in legacy files, which are computed anew. */
    private long rotations() {
        return 2L * config.context * (config.width / config.heads / 2);
    }

    private void addLegacy() {
        add("token_embd.weight", config.width, config.vocabulary);
        addNorms("attn_norm");
        addAttention();
        addNorms("ffn_norm");
        addFeedForward();
        add("output_norm.weight", config.width, 1);
        position += rotations() * Float.BYTES;
        addOutput();
    }

    private void addVersioned() {
        addNorms("attn_norm");
        addNorms("ffn_norm");
        add("output_norm.weight", config.width, 1);
        add("token_embd.weight", config.width, config.vocabulary);
        addAttention();
        addFeedForward();
        addOutput();
    }

    private void addNorms(String name) {
        addLayers(name, config.width, 1);
    }

    private void addAttention() {
        addLayers("attn_q", config.width, config.width);
        addLayers("attn_k", config.width, keyValueWidth());
        addLayers("attn_v", config.width, keyValueWidth());
        addLayers("attn_output", config.width, config.width);
    }

    private void addFeedForward() {
        addLayers("ffn_gate", config.width, config.feedForward);
        addLayers("ffn_down", config.feedForward, config.width);
        addLayers("ffn_up", config.width, config.feedForward);
    }

    private void addOutput() {
        if (!config.sharedOutput) {
            add("output.weight", config.width, config.vocabulary);
        }
    }

    private void addLayers(String name, long columns, long rows) {
        for (int layer = 0; layer < config.layers; layer++) {
            add("blk." + layer + "." + name + ".weight", columns, rows);
        }
    }

    private void add(String name, long columns, long rows) {
        long count = columns * rows;
        List<Long> shape = name.endsWith("norm.weight") ? List.of(columns) : List.of(columns, rows);
        if (config.version == 2 && shape.size() > 1) {
            MemorySegment floats = expand(count);
            tensors.put(name, new WeightTensor(name, QuantType.F32, shape, path, WeightTensor.IN_MEMORY, floats));
            position += count + count / config.group * Float.BYTES;
        } else {
            long size = count * Float.BYTES;
            tensors.put(name, file.tensor(name, QuantType.F32, shape, position, size));
            position += size;
        }
    }

    /** Turns levels and then scales, one for each group, into floats. */
    private MemorySegment expand(long count) {
        MemorySegment floats = arena.allocate(count * Float.BYTES, Float.BYTES);
        long scales = position + count;
        for (long i = 0; i < count; i++) {
            float scale = bytes.get(BlockCodec.FLOAT, scales + i / config.group * Float.BYTES);
            floats.set(BlockCodec.FLOAT, i * Float.BYTES, bytes.get(ValueLayout.JAVA_BYTE, position + i) * scale);
        }
        return floats;
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(path, problem);
    }

    /** {@return the file that was opened} */
    public Path path() {
        return path;
    }

    /** {@return the sizes of the model} */
    public Config config() {
        return config;
    }

    /**
     * {@return the tensors by their names in GGUF; without {@code output.weight} where the output matrix is the
     * embedding}
     */
    public SequencedMap<String, WeightTensor> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        arena.close();
    }
}
