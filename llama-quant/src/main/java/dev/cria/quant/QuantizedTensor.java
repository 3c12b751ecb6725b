package dev.cria.quant;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A tensor whose rows are brought into another storage format whenever they are read. Also what {@link #decode} gives
 * has gone through the format, so that it does not matter whether rows were stored in between.
 */
record QuantizedTensor(String name, StoredTensor source, QuantType type) implements StoredTensor {
    QuantizedTensor {
        if (source.columns() % type.blockSize() != 0) {
            throw new IllegalArgumentException("tensor " + source.name() + " has rows of " + source.columns()
                    + " weights, but " + type + " needs a multiple of " + type.blockSize());
        }
    }

    @Override
    public StoredTensor named(String other) {
        return new QuantizedTensor(other, source, type);
    }

    @Override
    public List<Long> shape() {
        return source.shape();
    }

    @Override
    public Stream<Path> files() {
        return source.files();
    }

    @Override
    public RowReader reader() {
        RowReader reader = source.reader();
        int columns = Math.toIntExact(columns());
        int sourceBytes = Math.toIntExact(source.rowBytes());
        int rowBytes = Math.toIntExact(rowBytes());
        float[] weights = new float[columns];
        byte[] stored = new byte[sourceBytes];
        return new RowReader() {
            @Override
            public void read(long firstRow, int rows, byte[] target, int offset) {
                MemorySegment blocks = MemorySegment.ofArray(target);
                for (int row = 0; row < rows; row++) {
                    reader.read(firstRow + row, 1, stored, 0);
                    source.type().decode(MemorySegment.ofArray(stored), 0, weights, 0, columns);
                    type.encode(weights, 0, columns, blocks, offset + (long) row * rowBytes);
                }
            }

            @Override
            public void close() {
                reader.close();
            }
        };
    }

    @Override
    public void decode(long row, int column, int count, float[] target, int offset) {
        float[] weights = new float[count];
        source.decode(row, column, count, weights, 0);
        MemorySegment blocks = MemorySegment.ofArray(new byte[Math.toIntExact(type.rowBytes(count))]);
        type.encode(weights, 0, count, blocks, 0);
        type.decode(blocks, 0, target, offset, count);
    }

    @Override
    public void copy(long row, int column, int count, byte[] target, int offset) {
        float[] weights = new float[count];
        source.decode(row, column, count, weights, 0);
        type.encode(weights, 0, count, MemorySegment.ofArray(target), offset);
    }
}
