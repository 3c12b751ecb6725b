package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.WorkerTeam;
import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Writes a model, from whatever layout, as one GGUF file with its matrices in the types of a {@link QuantMix}, or as
 * they are. Types, blocks and order are those of llama.cpp's quantiser, so that a GGUF file becomes, byte for byte, the
 * file that {@code llama-quantize} makes of it. All metadata are carried over.
 *
 * <p>Every thread reads, converts and writes some rows at a time; what is in memory at once is a few megabytes for each
 * thread, whatever the size of the model. The result does not depend on the number of threads. The file has its name
 * only when it is complete.
 *
 * {@snippet :
 * Quantizer.to(QuantMix.Q4_K_M).write(checkpoint, Path.of("model.Q4_K_M.gguf"));
 * }
 */
public final class Quantizer {
    /**
     * Weights that a thread converts at once: their floats take 1 MiB, which stays in the cache from reading to
     * writing.
     */
    private static final int PIECE = 1 << 18;
    /** What GGML calls the version of its block formats. */
    private static final int QUANTIZATION_VERSION = 2;
    private static final String VERSION_KEY = "general.quantization_version";
    private static final String FILE_TYPE_KEY = "general.file_type";
    /** The greatest binary16 number, and so the greatest scale of a block. */
    private static final float LARGEST_HALF = 65504;
    /** Free space that is left beside the file, for its header. */
    private static final long HEADROOM = 1 << 20;

    /** Hears how far a run is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called after each piece of work, by one thread at a time.
         *
         * @param done weights that have been written
         * @param total weights of the model
         */
        void report(long done, long total);
    }

    /**
     * What was written.
     *
     * @param mix the mix that the file names, if it names one
     * @param sourceBytes bytes of all tensors before
     * @param bytes bytes of all tensors after
     * @param weights number of weights
     * @param types the type of each tensor, in file order
     */
    public record Result(Optional<QuantMix> mix, long sourceBytes, long bytes, long weights,
            SequencedMap<String, QuantType> types) {

        /** {@return the bits that a weight takes on average} */
        public double bitsPerWeight() {
            return 8.0 * bytes / weights;
        }
    }

    /** Some rows of a tensor. */
    private record Piece(StoredTensor tensor, QuantType type, long firstRow, int rows) {
        int weights() {
            return Math.toIntExact(Math.multiplyExact(rows, tensor.columns()));
        }
    }

    /** What one thread works in, so that a run does not leave the model's size in garbage behind. */
    private static final class Scratch {
        private byte[] stored = {};
        private float[] weights = {};
        private byte[] blocks = {};

        byte[] stored(long size) {
            if (stored.length < size) {
                stored = new byte[Math.toIntExact(size)];
            }
            return stored;
        }

        float[] weights(int count) {
            if (weights.length < count) {
                weights = new float[count];
            }
            return weights;
        }

        byte[] blocks(long size) {
            if (blocks.length < size) {
                blocks = new byte[Math.toIntExact(size)];
            }
            return blocks;
        }
    }

    private final Optional<QuantMix> mix;
    private boolean pure;
    private boolean requantize;
    private int threads = Runtime.getRuntime().availableProcessors();
    private Progress progress = (done, total) -> {};

    private Quantizer(Optional<QuantMix> mix) {
        this.mix = mix;
    }

    /**
     * {@return a quantiser to a mix}
     *
     * @param mix the mix
     */
    public static Quantizer to(QuantMix mix) {
        return new Quantizer(Optional.of(Objects.requireNonNull(mix, "mix must not be null")));
    }

    /** {@return a converter, which leaves every tensor in the type that it has} */
    public static Quantizer keepingTypes() {
        return new Quantizer(Optional.empty());
    }

    /**
     * Sets whether all matrices get the base type of the mix, as far as their rows allow (default: no).
     *
     * @param on whether they do
     * @return this
     */
    public Quantizer pure(boolean on) {
        pure = on;
        return this;
    }

    /**
     * Sets whether matrices that are quantised already may be quantised again (default: no), which adds new errors to
     * theirs.
     *
     * @param on whether they may
     * @return this
     */
    public Quantizer requantize(boolean on) {
        requantize = on;
        return this;
    }

    /**
     * Sets the number of threads (default: all processors).
     *
     * @param count threads, at least 1
     * @return this
     */
    public Quantizer threads(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("threads must be at least 1, but is " + count);
        }
        threads = count;
        return this;
    }

    /**
     * Sets who hears how far the run is (default: nobody). What it throws ends the run.
     *
     * @param listener the listener
     * @return this
     */
    public Quantizer progress(Progress listener) {
        progress = Objects.requireNonNull(listener, "listener must not be null");
        return this;
    }

    /**
     * Writes the file. Interrupting the calling thread ends the run.
     *
     * @param source an open model
     * @param target the file; one that is there is replaced once the new one is complete
     * @return what was written
     * @throws CriaException if the file is one of the source's own, a matrix is quantised already, a weight is not
     *         finite or too large for its type, there is not enough space, a file cannot be read or written, or the
     *         thread is interrupted; no file is left then
     */
    public Result write(Checkpoint source, Path target) {
        Objects.requireNonNull(source, "source must not be null");
        Objects.requireNonNull(target, "target must not be null");
        SequencedMap<String, QuantType> types = types(source);
        requireOther(source, target);
        requireOriginals(source, types);
        Result result = result(source, types);
        requireSpace(result.bytes(), target);
        try (GgufWriter writer = GgufWriter.create(target)) {
            declare(source, result, writer);
            try (WorkerTeam team = new WorkerTeam(threads)) {
                convert(pieces(source, types), result.weights(), writer, team);
            }
            writer.finish();
        } catch (CriaException e) {
            // a channel that is interrupted while it writes says only that it has been closed
            throw Thread.currentThread().isInterrupted() ? interrupted(target) : e;
        }
        return result;
    }

    private static CriaException interrupted(Path target) {
        return new CriaException("interrupted; " + target + " has not been written");
    }

    private SequencedMap<String, QuantType> types(Checkpoint source) {
        // without a mix only the order is of interest, which is the same for all
        SequencedMap<String, QuantType> types = mix.orElse(QuantMix.F32).types(source, pure);
        if (mix.isEmpty()) {
            types.replaceAll((name, type) -> source.tensor(name).type());
        }
        return types;
    }

    private static void requireOther(Checkpoint source, Path target) {
        if (!Files.exists(target)) {
            return;
        }
        List<Path> files = source.tensors().values().stream().flatMap(StoredTensor::files).distinct().toList();
        for (Path file : files) {
            try {
                if (Files.isSameFile(file, target)) {
                    throw new CriaException("cannot write " + target + ": it is the model that is read");
                }
            } catch (IOException e) {
                throw FileFailure.reading(file, e);
            }
        }
    }

    private void requireOriginals(Checkpoint source, SequencedMap<String, QuantType> types) {
        types.forEach((name, type) -> {
            QuantType before = source.tensor(name).type();
            if (before != type && before.blockSize() > 1 && !requantize) {
                throw new CriaException(source.path() + ": cannot turn tensor " + name + " into " + type
                        + ": it is quantised already, as " + before
                        + "; quantise the original instead, or allow requantising, which adds new errors to the old ones");
            }
        });
    }

    private Result result(Checkpoint source, SequencedMap<String, QuantType> types) {
        long before = 0;
        long after = 0;
        long weights = 0;
        for (Map.Entry<String, QuantType> entry : types.entrySet()) {
            StoredTensor tensor = source.tensor(entry.getKey());
            before = Math.addExact(before, tensor.bytes());
            after = Math.addExact(after, Math.multiplyExact(tensor.rows(),
                    entry.getValue().rowBytes(tensor.columns())));
            weights = Math.addExact(weights, Math.multiplyExact(tensor.rows(), tensor.columns()));
        }
        return new Result(mix.or(() -> QuantMix.of(source)), before, after, weights, types);
    }

    private static void requireSpace(long bytes, Path target) {
        Path folder = Optional.ofNullable(target.toAbsolutePath().getParent()).orElse(target.toAbsolutePath());
        if (!Files.isDirectory(folder)) {
            throw new CriaException("cannot write " + target + ": there is no folder " + folder);
        }
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            if (free < bytes + HEADROOM) {
                throw new CriaException(String.format(Locale.ROOT,
                        "cannot write %s: it needs %,d bytes, but only %,d are free in %s", target, bytes + HEADROOM,
                        free, folder));
            }
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    private static void declare(Checkpoint source, Result result, GgufWriter writer) {
        GgufMetadata metadata = source.metadata();
        metadata.asMap().keySet().forEach(key -> {
            if (!key.equals(VERSION_KEY) && !key.equals(FILE_TYPE_KEY)) {
                writer.copy(metadata, key);
            }
        });
        writer.integer(VERSION_KEY, GgufType.UINT32, QUANTIZATION_VERSION);
        result.mix().ifPresent(mix -> writer.integer(FILE_TYPE_KEY, GgufType.UINT32, mix.fileType()));
        result.types().forEach((name, type) -> writer.tensor(name, type,
                source.tensor(name).shape().stream().mapToLong(Long::longValue).toArray()));
    }

    private static List<Piece> pieces(Checkpoint source, SequencedMap<String, QuantType> types) {
        List<Piece> pieces = new ArrayList<>();
        types.forEach((name, type) -> {
            StoredTensor tensor = source.tensor(name);
            int rows = Math.clamp(PIECE / tensor.columns(), 1, Integer.MAX_VALUE);
            for (long row = 0; row < tensor.rows(); row += rows) {
                pieces.add(new Piece(tensor, type, row, (int) Math.min(rows, tensor.rows() - row)));
            }
        });
        return pieces;
    }

    private void convert(List<Piece> pieces, long total, GgufWriter writer, WorkerTeam team) {
        // the calling thread is one of the team, so it sees its own interruption after its next piece at the latest
        Thread caller = Thread.currentThread();
        long[] done = {0};
        Scratch[] scratch = new Scratch[team.size()];
        Arrays.setAll(scratch, worker -> new Scratch());
        team.run(pieces.size(), (index, worker) -> {
            if (caller.isInterrupted()) {
                throw new CriaException("interrupted");
            }
            Piece piece = pieces.get(index);
            writer.write(piece.tensor.name(), piece.firstRow * piece.type.rowBytes(piece.tensor.columns()),
                    convert(piece, scratch[worker]));
            synchronized (done) {
                done[0] += piece.weights();
                progress.report(done[0], total);
            }
        });
    }

    /** The bytes of the piece in its type. */
    private static MemorySegment convert(Piece piece, Scratch scratch) {
        StoredTensor tensor = piece.tensor;
        long size = Math.multiplyExact(piece.rows, tensor.rowBytes());
        byte[] stored = scratch.stored(size);
        try (RowReader reader = tensor.reader()) {
            reader.read(piece.firstRow, piece.rows, stored, 0);
        }
        if (piece.type == tensor.type()) {
            return MemorySegment.ofArray(stored).asSlice(0, size);
        }
        int count = piece.weights();
        float[] weights = scratch.weights(count);
        tensor.type().decode(MemorySegment.ofArray(stored), 0, weights, 0, count);
        float largest = largest(weights, count);
        if (!(largest <= Float.MAX_VALUE)) {
            throw new CriaException("tensor " + tensor.name() + " has a weight that is not a finite number");
        }
        MemorySegment blocks = MemorySegment.ofArray(scratch.blocks(piece.type.rowBytes(count))).asSlice(0,
                piece.type.rowBytes(count));
        piece.type.encode(weights, 0, count, blocks, 0);
        if (largest > LARGEST_HALF) {
            piece.type.decode(blocks, 0, weights, 0, count);
            if (!(largest(weights, count) <= Float.MAX_VALUE)) {
                throw new CriaException("tensor " + tensor.name() + " has a weight of magnitude " + largest
                        + ", which is too large for " + piece.type);
            }
        }
        return blocks;
    }

    /**
     * The largest magnitude; more than any float, or NaN, where a weight is not finite. As whole numbers, floats are in
     * the same order.
     */
    private static float largest(float[] weights, int count) {
        int largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(weights[i]) & 0x7fffffff);
        }
        return Float.intBitsToFloat(largest);
    }
}
