package dev.cria.train;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.train.network.Parameter;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * Everything that a run needs to go on, in one file: what is trained and how, how far it has come, weights and moments,
 * and a CRC-32C of all of it at the end. Big-endian.
 */
final class Checkpoint {
    private static final byte[] MAGIC = {'C', 'r', 'i', 'a', 'R', 'u', 'n', '1'};
    private static final int LARGEST_DESCRIPTION = 1 << 16;
    private static final int BUFFER = 1 << 16;

    /**
     * How far a run has come.
     *
     * @param step steps done
     * @param example number of the next example
     * @param meanLoss running mean of the loss
     */
    record Position(int step, long example, double meanLoss) {}

    private final Path file;
    private final byte[] description;

    /**
     * @param file the file
     * @param description what must not change within a run, as text, so that a difference can be shown
     */
    Checkpoint(Path file, String description) {
        this.file = file;
        this.description = description.getBytes(StandardCharsets.UTF_8);
    }

    Path file() {
        return file;
    }

    void write(Position position, List<AdamW.State> states) {
        String name = Optional.ofNullable(file.getFileName()).map(Path::toString)
                .orElseThrow(() -> new IllegalArgumentException(file + " does not name a file"));
        Path temporary = file.resolveSibling("." + name + ".part");
        try {
            try (OutputStream bytes = Files.newOutputStream(temporary)) {
                CheckedOutputStream checked = new CheckedOutputStream(new BufferedOutputStream(bytes, BUFFER),
                        new CRC32C());
                DataOutputStream out = new DataOutputStream(checked);
                out.write(header(position));
                for (AdamW.State state : states) {
                    for (float[] array : List.of(state.parameter().values(), state.mean(), state.square())) {
                        writeFloats(out, array);
                    }
                }
                out.writeLong(checked.getChecksum().getValue());
                out.flush();
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            delete(temporary, e);
            throw new CriaException("cannot write the checkpoint " + file + " (one that was there is kept): "
                    + e.getClass().getSimpleName() + ": " + e.getMessage(), e);
        }
    }

    private static void delete(Path temporary, IOException cause) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private byte[] header(Position position) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(MAGIC);
        out.writeInt(description.length);
        out.write(description);
        out.writeInt(position.step);
        out.writeLong(position.example);
        out.writeDouble(position.meanLoss);
        return bytes.toByteArray();
    }

    private static void writeFloats(OutputStream out, float[] values) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        for (int from = 0; from < values.length; from += BUFFER / Float.BYTES) {
            int count = Math.min(BUFFER / Float.BYTES, values.length - from);
            buffer.asFloatBuffer().put(values, from, count);
            out.write(buffer.array(), 0, count * Float.BYTES);
        }
    }

    /** Reads the file, if it is there. Nothing of the run is changed unless the whole file is sound. */
    Optional<Position> read(List<AdamW.State> states) {
        return Files.exists(file) ? Optional.of(read(states, true)) : Optional.empty();
    }

    /** Reads the weights of a run whose description begins with this one's. */
    void readWeights(List<Parameter> parameters) {
        read(parameters.stream().map(parameter -> new AdamW.State(parameter, new float[parameter.values().length],
                new float[parameter.values().length])).toList(), false);
    }

    private Position read(List<AdamW.State> states, boolean same) {
        long expected = Long.BYTES;
        for (AdamW.State state : states) {
            expected += 3L * Float.BYTES * state.mean().length;
        }
        try {
            Position position;
            long start;
            try (InputStream bytes = Files.newInputStream(file)) {
                CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(bytes, BUFFER),
                        new CRC32C());
                DataInputStream in = new DataInputStream(checked);
                byte[] found = readDescription(in, same);
                position = new Position(in.readInt(), in.readLong(), in.readDouble());
                start = MAGIC.length + Integer.BYTES + found.length + Integer.BYTES + 2L * Long.BYTES;
                if (Files.size(file) != start + expected) {
                    throw malformed("must have " + (start + expected) + " bytes, but has " + Files.size(file));
                }
                in.skipNBytes(expected - Long.BYTES);
                long sum = checked.getChecksum().getValue();
                long stated = in.readLong();
                if (sum != stated) {
                    throw malformed("its checksum is " + Long.toHexString(sum) + ", but it states "
                            + Long.toHexString(stated) + ": the file is damaged");
                }
            }
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
                in.skipNBytes(start);
                for (AdamW.State state : states) {
                    for (float[] array : List.of(state.parameter().values(), state.mean(), state.square())) {
                        readFloats(in, array);
                    }
                }
            }
            return position;
        } catch (EOFException e) {
            throw new MalformedFileException(file, "the checkpoint is cut short", e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private byte[] readDescription(DataInputStream in, boolean same) throws IOException {
        byte[] magic = in.readNBytes(MAGIC.length);
        if (!Arrays.equals(magic, MAGIC)) {
            throw malformed("not a checkpoint: it must begin with \"CriaRun1\"");
        }
        int length = in.readInt();
        if (length < 0 || length > LARGEST_DESCRIPTION) {
            throw malformed("the description of the run must have at most " + LARGEST_DESCRIPTION + " bytes, but has "
                    + length);
        }
        byte[] found = in.readNBytes(length);
        if (same ? !Arrays.equals(found, description) : !text(found).startsWith(text(description))) {
            throw malformed("it belongs to another run: expected " + text(description) + ", found " + text(found));
        }
        return found;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void readFloats(InputStream in, float[] values) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        for (int from = 0; from < values.length; from += BUFFER / Float.BYTES) {
            int count = Math.min(BUFFER / Float.BYTES, values.length - from);
            if (in.readNBytes(buffer.array(), 0, count * Float.BYTES) < count * Float.BYTES) {
                throw new EOFException();
            }
            buffer.asFloatBuffer().get(values, from, count);
        }
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, problem);
    }
}
