package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.quant.safetensors.SafetensorsHeader;
import dev.cria.quant.safetensors.ShardIndex;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Weights in safetensors files, one or several with an index, mapped into memory. Names and order of rows are those of
 * the file; a checkpoint of Hugging Face has the rows of q and k in another order than GGUF. Thread-safe. The data of
 * tensors must not be used after {@link #close()}.
 */
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final SequencedMap<String, WeightTensor> tensors = new LinkedHashMap<>();
    private final SequencedMap<String, String> unsupported = new LinkedHashMap<>();

    private SafetensorsFile(Path path, Arena arena) {
        this.path = path;
        this.arena = arena;
    }

    /**
     * Opens one file, or all shards that an index names.
     *
     * @param path a {@code .safetensors} file or an index, whose name ends in {@code .json}
     * @return the open file
     * @throws MalformedFileException if a file is not of this format, is cut short or contradicts itself, or if a shard
     *     is missing
     * @throws CriaException if a file cannot be read
     */
    public static SafetensorsFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            SafetensorsFile file = new SafetensorsFile(path, arena);
            if (path.toString().endsWith(".json")) {
                file.addShards(ShardIndex.read(path));
            } else {
                file.read(path).values().forEach(file::add);
            }
            return file;
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private record Located(SafetensorsHeader.Tensor tensor, WeightBytes file) {}

    private Map<String, Located> read(Path file) {
        WeightBytes opened = WeightBytes.open(file, "safetensors", arena);
        Map<String, Located> located = new LinkedHashMap<>();
        for (SafetensorsHeader.Tensor tensor : SafetensorsHeader.parse(file, opened.bytes()).tensors()) {
            located.put(tensor.name(), new Located(tensor, opened));
        }
        return located;
    }

    private void addShards(ShardIndex index) {
        Map<Path, Map<String, Located>> shards = new HashMap<>();
        index.shards().forEach((name, shard) -> {
            Located located = shards.computeIfAbsent(shard, this::read).get(name);
            if (located == null) {
                throw new MalformedFileException(path, "tensor " + name + " should be in " + shard + ", but is not");
            }
            add(located);
        });
    }

    private void add(Located located) {
        SafetensorsHeader.Tensor tensor = located.tensor;
        QuantType type = switch (tensor.dtype()) {
            case "F32" -> QuantType.F32;
            case "F16" -> QuantType.F16;
            case "BF16" -> QuantType.BF16;
            default -> null;
        };
        if (type == null) {
            unsupported.put(tensor.name(), tensor.dtype());
            return;
        }
        List<Long> shape = tensor.shape().isEmpty() ? List.of(1L) : tensor.shape().reversed();
        tensors.put(tensor.name(),
                located.file.tensor(tensor.name(), type, shape, tensor.offset(), tensor.size()));
    }

    /** {@return the file that was opened} */
    public Path path() {
        return path;
    }

    /** {@return the tensors by name, in the order of the index or of their data} */
    public SequencedMap<String, WeightTensor> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    /**
     * {@return the data type of a tensor that is in the file but not in {@link #tensors()}, because its type is none
     * for weights}
     *
     * @param name its name
     */
    public Optional<String> unsupportedType(String name) {
        return Optional.ofNullable(unsupported.get(name));
    }

    /** Unmaps the files. */
    @Override
    public void close() {
        arena.close();
    }
}
