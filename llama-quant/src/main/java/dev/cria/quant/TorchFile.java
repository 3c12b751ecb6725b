package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.quant.safetensors.ShardIndex;
import dev.cria.quant.torch.StoredZip;
import dev.cria.quant.torch.TensorPickle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Weights that {@code torch.save} has written (Meta's {@code consolidated.NN.pth}, Hugging Face's
 * {@code pytorch_model.bin}, one file or several with an index), mapped into memory. Nothing in the file is executed:
 * its pickle is read by an interpreter that knows only tensors. Names and order of rows are those of the file.
 * Thread-safe. The data of tensors must not be used after {@link #close()}.
 */
public final class TorchFile implements AutoCloseable {
    private static final String PICKLE = "/data.pkl";
    private static final int LARGEST_PICKLE = 1 << 26;
    private static final int LARGEST_RANK = 16;

    private final Path path;
    private final Arena arena;
    private final SequencedMap<String, WeightTensor> tensors = new LinkedHashMap<>();
    private final SequencedMap<String, String> unsupported = new LinkedHashMap<>();

    private TorchFile(Path path, Arena arena) {
        this.path = path;
        this.arena = arena;
    }

    /**
     * Opens one file, or all shards that an index names.
     *
     * @param path a file, or an index, whose name ends in {@code .json}
     * @return the open file
     * @throws MalformedFileException if a file is not of this format, is cut short, contradicts itself or asks for
     *         anything but tensors, or if a shard is missing
     * @throws CriaException if a file cannot be read
     */
    public static TorchFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            TorchFile file = new TorchFile(path, arena);
            if (path.toString().endsWith(".json")) {
                file.addShards(ShardIndex.read(path));
            } else {
                Archive archive = file.archive(path);
                archive.pickled.keySet().forEach(name -> file.add(archive, name));
            }
            return file;
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** One file: the tensors that its pickle describes, and the members with their data. */
    private record Archive(WeightBytes file, StoredZip zip, String root,
            SequencedMap<String, TensorPickle.Tensor> pickled) {
        Path path() {
            return file.file();
        }
    }

    private Archive archive(Path file) {
        WeightBytes opened = WeightBytes.open(file, "PyTorch", arena);
        MemorySegment bytes = opened.bytes();
        StoredZip zip = StoredZip.read(file, bytes);
        List<String> pickles = zip.members().keySet().stream()
                .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.lastIndexOf('/')).toList();
        if (pickles.size() != 1) {
            throw new MalformedFileException(file, "the archive must have one member data.pkl, but has "
                    + pickles.size());
        }
        String root = pickles.getFirst().substring(0, pickles.getFirst().length() - PICKLE.length());
        Optional.ofNullable(zip.members().get(root + "/byteorder")).ifPresent(order -> {
            byte[] name = bytes.asSlice(order.offset(), Math.min(order.size(), 16)).toArray(ValueLayout.JAVA_BYTE);
            if (!new String(name, StandardCharsets.US_ASCII).equals("little")) {
                throw new MalformedFileException(file,
                        "the file is in big-endian byte order, only little-endian is supported");
            }
        });
        StoredZip.Member pickle = member(file, zip, root + PICKLE);
        if (pickle.size() > LARGEST_PICKLE) {
            throw new MalformedFileException(file, "data.pkl has " + pickle.size() + " bytes, more than the "
                    + LARGEST_PICKLE + " that are supported");
        }
        return new Archive(opened, zip, root, TensorPickle.read(file,
                bytes.asSlice(pickle.offset(), pickle.size()).toArray(ValueLayout.JAVA_BYTE)));
    }

    private static StoredZip.Member member(Path file, StoredZip zip, String name) {
        return Optional.ofNullable(zip.members().get(name))
                .orElseThrow(() -> new MalformedFileException(file, "the archive has no member " + name));
    }

    private void addShards(ShardIndex index) {
        Map<Path, Archive> shards = new HashMap<>();
        index.shards().forEach((name, shard) -> {
            Archive archive = shards.computeIfAbsent(shard, this::archive);
            if (!archive.pickled.containsKey(name)) {
                throw new MalformedFileException(path, "tensor " + name + " should be in " + shard + ", but is not");
            }
            add(archive, name);
        });
    }

    private void add(Archive archive, String name) {
        TensorPickle.Tensor tensor = Optional.ofNullable(archive.pickled.get(name)).orElseThrow();
        QuantType type = switch (tensor.dtype()) {
            case "F32" -> QuantType.F32;
            case "F16" -> QuantType.F16;
            case "BF16" -> QuantType.BF16;
            default -> null;
        };
        if (type == null) {
            unsupported.put(name, tensor.dtype());
            return;
        }
        long elements = elements(archive.path(), name, tensor);
        StoredZip.Member storage = member(archive.path(), archive.zip, archive.root + "/data/" + tensor.storage());
        long held = storage.size() / type.blockBytes();
        if (tensor.storageElements() > held || tensor.offset() > tensor.storageElements()
                || elements > tensor.storageElements() - tensor.offset()) {
            throw new MalformedFileException(archive.path(), "tensor " + name + " needs " + elements + " elements from "
                    + tensor.offset() + " on, but its storage has " + Math.min(held, tensor.storageElements()));
        }
        long offset = storage.offset() + tensor.offset() * type.blockBytes();
        List<Long> shape = tensor.shape().isEmpty() ? List.of(1L) : tensor.shape().reversed();
        tensors.put(name, archive.file.tensor(name, type, shape, offset, elements * type.blockBytes()));
    }

    /** The number of elements of a tensor whose elements follow each other in memory. */
    private static long elements(Path file, String name, TensorPickle.Tensor tensor) {
        if (tensor.shape().size() > LARGEST_RANK) {
            throw new MalformedFileException(file, "tensor " + name + " has " + tensor.shape().size()
                    + " dimensions, more than " + LARGEST_RANK);
        }
        long elements = 1;
        for (int i = tensor.shape().size() - 1; i >= 0; i--) {
            long extent = tensor.shape().get(i);
            if (extent > 1 && tensor.stride().get(i) != elements) {
                throw new MalformedFileException(file, "tensor " + name + " of shape " + tensor.shape()
                        + " has the strides " + tensor.stride() + "; only contiguous tensors are supported");
            }
            if (Math.multiplyHigh(elements, extent) != 0 || elements * extent < 0) {
                throw new MalformedFileException(file, "tensor " + name + " has the impossible shape "
                        + tensor.shape());
            }
            elements *= extent;
        }
        return elements;
    }

    /** {@return the file that was opened} */
    public Path path() {
        return path;
    }

    /** {@return the tensors by name, in the order of the file or index} */
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
