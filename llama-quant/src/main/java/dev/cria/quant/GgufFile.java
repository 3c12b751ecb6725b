package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.quant.gguf.GgufHeader;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GGUF weight file (versions 2 and 3, whole or split), mapped into memory. Files may be larger than the machine's
 * memory; only what is touched is read. Files of other file systems than the default one, such as that of a jar, and
 * streams are read into memory instead. Thread-safe. The data of tensors must not be used after {@link #close()}.
 */
public final class GgufFile implements AutoCloseable {
    private static final String KIND = "GGUF";
    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private final Path path;
    private final int version;
    private final Arena arena;
    private final GgufMetadata metadata;
    private final SequencedMap<String, WeightTensor> tensors;

    private GgufFile(Path path, int version, Arena arena, GgufMetadata metadata,
            SequencedMap<String, WeightTensor> tensors) {
        this.path = path;
        this.version = version;
        this.arena = arena;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableSequencedMap(tensors);
    }

    /**
     * Opens a file. The first of several shards ({@code NAME-00001-of-0000N.gguf}) opens them all.
     *
     * @param path the file
     * @return the open file
     * @throws MalformedFileException if it is not a GGUF file, is cut short or contradicts itself
     * @throws CriaException if it cannot be read
     */
    public static GgufFile open(Path path) {
        return open(arena -> WeightBytes.open(path, KIND, arena), true);
    }

    /**
     * Reads a file from a stream into memory. It is whole: shards are files.
     *
     * @param in the stream, which is read to its end and not closed
     * @param name what it is called in messages
     * @return the open file
     * @throws MalformedFileException if it is not a GGUF file, is cut short or contradicts itself
     * @throws CriaException if it cannot be read, or does not fit into memory
     */
    public static GgufFile open(InputStream in, String name) {
        return open(arena -> WeightBytes.read(in, name, KIND, arena), false);
    }

    /**
     * Opens a file that is in memory. It is whole: shards are files.
     *
     * @param bytes its content, accessible by all threads; not copied, so it must stay as it is until the file is
     *        closed
     * @param name what it is called in messages
     * @return the open file
     * @throws MalformedFileException if it is not a GGUF file, is cut short or contradicts itself
     * @throws IllegalArgumentException if the memory belongs to one thread
     */
    public static GgufFile open(MemorySegment bytes, String name) {
        return open(arena -> WeightBytes.of(bytes, name, KIND), false);
    }

    private static GgufFile open(Function<Arena, WeightBytes> source, boolean hasSiblings) {
        Arena arena = Arena.ofShared();
        try {
            WeightBytes bytes = source.apply(arena);
            Path path = bytes.file();
            GgufHeader header = GgufHeader.parse(path, bytes.bytes());
            GgufMetadata metadata = new GgufMetadata(path, header.metadata(), header.types());
            SequencedMap<String, WeightTensor> tensors = new LinkedHashMap<>();
            add(tensors, bytes, header);
            long shards = metadata.integer("split.count").orElse(1);
            if (shards > 1 && !hasSiblings) {
                throw new MalformedFileException(path, "split.count says that this is one of " + shards
                        + " shards, which only a model in files can have; load the first of them by its path");
            }
            if (shards > 1) {
                addShards(path, metadata, shards, tensors, arena);
            }
            return new GgufFile(path, header.version(), arena, metadata, tensors);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static void add(SequencedMap<String, WeightTensor> tensors, WeightBytes bytes, GgufHeader header) {
        for (GgufHeader.Tensor tensor : header.tensors()) {
            WeightTensor weight = bytes.tensor(tensor.name(), tensor.type(), tensor.shape(), tensor.offset(),
                    tensor.size());
            if (tensors.putIfAbsent(tensor.name(), weight) != null) {
                throw new MalformedFileException(bytes.file(), "tensor " + tensor.name() + " occurs in two shards");
            }
        }
    }

    private static void addShards(Path path, GgufMetadata metadata, long shards,
            SequencedMap<String, WeightTensor> tensors, Arena arena) {
        Matcher name = SHARD.matcher(Optional.ofNullable(path.getFileName()).map(Path::toString).orElse(""));
        if (!name.matches() || Long.parseLong(name.group(3)) != shards) {
            throw new MalformedFileException(path, "split.count says that this is one of " + shards
                    + " shards, so its name must end in -00001-of-" + five(shards) + ".gguf");
        }
        if (metadata.integer("split.no").orElse(0) != 0) {
            throw new MalformedFileException(path, "this is shard number "
                    + (metadata.integer("split.no").getAsLong() + 1) + "; open the first one, " + name.group(1)
                    + "-00001-of-" + name.group(3) + ".gguf");
        }
        for (int i = 1; i < shards; i++) {
            Path shard = path.resolveSibling(name.group(1) + "-" + five(i + 1) + "-of-" + name.group(3) + ".gguf");
            WeightBytes bytes = WeightBytes.open(shard, KIND, arena);
            GgufHeader header = GgufHeader.parse(shard, bytes.bytes());
            GgufMetadata own = new GgufMetadata(shard, header.metadata(), header.types());
            if (own.integer("split.no").orElse(-1) != i || own.integer("split.count").orElse(-1) != shards) {
                throw new MalformedFileException(shard, "split.no and split.count must be " + i + " and " + shards
                        + ", but are " + text(own.integer("split.no")) + " and " + text(own.integer("split.count")));
            }
            add(tensors, bytes, header);
        }
        long expected = metadata.integer("split.tensors.count").orElse(tensors.size());
        if (expected != tensors.size()) {
            throw new MalformedFileException(path, "split.tensors.count promises " + expected
                    + " tensors, but the shards hold " + tensors.size());
        }
    }

    private static String five(long number) {
        return String.format(Locale.ROOT, "%05d", number);
    }

    private static String text(OptionalLong number) {
        return number.isPresent() ? Long.toString(number.getAsLong()) : "missing";
    }

    /** {@return the file that was opened; of a stream or of memory, the name that it was given} */
    public Path path() {
        return path;
    }

    /** {@return the version of the format, 2 or 3} */
    public int version() {
        return version;
    }

    /** {@return the metadata, of the first shard where there are several} */
    public GgufMetadata metadata() {
        return metadata;
    }

    /** {@return the tensors of all shards by name, in file order} */
    public SequencedMap<String, WeightTensor> tensors() {
        return tensors;
    }

    /** Unmaps the file. */
    @Override
    public void close() {
        arena.close();
    }
}
