package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A tensor whose rows lie one after another in a weight file.
 *
 * @param name the tensor's name in the file
 * @param type storage format
 * @param shape extents, fastest first, as GGUF has them
 * @param file the file that holds the data; of data in memory, where they come from, for messages
 * @param fileOffset where in that file the data begins, in bytes, or {@link #IN_MEMORY}
 * @param data the data, mapped or in memory; valid until the weight file is closed
 */
public record WeightTensor(String name, QuantType type, List<Long> shape, Path file, long fileOffset,
        MemorySegment data) implements StoredTensor {

    /** The file offset of data that no file has in this form, so that only {@link #data()} holds them. */
    public static final long IN_MEMORY = -1;

    /** Makes the shape immutable. */
    public WeightTensor {
        shape = List.copyOf(shape);
    }

    @Override
    public StoredTensor named(String other) {
        return new WeightTensor(other, type, shape, file, fileOffset, data);
    }

    @Override
    public Stream<Path> files() {
        return fileOffset == IN_MEMORY ? Stream.empty() : Stream.of(file);
    }

    @Override
    public RowReader reader() {
        return fileOffset == IN_MEMORY ? new MemoryRows(data, rowBytes()) : FileRows.open(this);
    }

    @Override
    public void decode(long row, int column, int count, float[] target, int offset) {
        type.decode(data, row * rowBytes() + type.rowBytes(column), target, offset, count);
    }

    @Override
    public void copy(long row, int column, int count, byte[] target, int offset) {
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, row * rowBytes() + type.rowBytes(column), target, offset,
                Math.toIntExact(type.rowBytes(count)));
    }

    private record MemoryRows(MemorySegment data, long rowBytes) implements RowReader {
        @Override
        public void read(long firstRow, int rows, byte[] target, int offset) {
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, firstRow * rowBytes, target, offset,
                    Math.toIntExact(rows * rowBytes));
        }

        @Override
        public void close() {
            // the memory belongs to the weight file
        }
    }

    private record FileRows(WeightTensor tensor, FileChannel channel) implements RowReader {
        static FileRows open(WeightTensor tensor) {
            try {
                return new FileRows(tensor, FileChannel.open(tensor.file, StandardOpenOption.READ));
            } catch (IOException e) {
                throw FileFailure.reading(tensor.file, e);
            }
        }

        @Override
        public void read(long firstRow, int rows, byte[] target, int offset) {
            long rowBytes = tensor.rowBytes();
            ByteBuffer buffer = ByteBuffer.wrap(target, offset, Math.toIntExact(rows * rowBytes));
            long position = tensor.fileOffset + firstRow * rowBytes - offset;
            try {
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, position + buffer.position()) < 0) {
                        throw new CriaException(tensor.file + ": tensor " + tensor.name
                                + " ends early; the file has become shorter since it was opened");
                    }
                }
            } catch (IOException e) {
                throw FileFailure.reading(tensor.file, e);
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw FileFailure.reading(tensor.file, e);
            }
        }
    }
}
