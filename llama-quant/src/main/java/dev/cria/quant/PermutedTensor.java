package dev.cria.quant;

import java.nio.file.Path;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;

/** The rows of a tensor in another order. */
record PermutedTensor(String name, StoredTensor source, LongUnaryOperator order) implements StoredTensor {
    @Override
    public StoredTensor named(String other) {
        return new PermutedTensor(other, source, order);
    }

    @Override
    public QuantType type() {
        return source.type();
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
        int rowBytes = Math.toIntExact(rowBytes());
        return new RowReader() {
            @Override
            public void read(long firstRow, int rows, byte[] target, int offset) {
                for (int row = 0; row < rows; row++) {
                    reader.read(order.applyAsLong(firstRow + row), 1, target, offset + row * rowBytes);
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
        source.decode(order.applyAsLong(row), column, count, target, offset);
    }

    @Override
    public void copy(long row, int column, int count, byte[] target, int offset) {
        source.copy(order.applyAsLong(row), column, count, target, offset);
    }
}
