package dev.cria.quant;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A tensor in parts, as model parallelism cuts it: by rows, or by columns.
 *
 * @param name the name of the whole
 * @param shape extents of the whole, fastest first
 * @param parts the parts
 * @param byRows whether the parts' rows follow one another; otherwise they lie side by side
 */
record JoinedTensor(String name, List<Long> shape, List<StoredTensor> parts, boolean byRows) implements StoredTensor {
    static StoredTensor of(String name, List<? extends StoredTensor> parts, boolean byRows) {
        StoredTensor first = parts.getFirst();
        if (parts.size() == 1) {
            return first.named(name);
        }
        long rows = 0;
        long columns = 0;
        for (StoredTensor part : parts) {
            if (part.type() != first.type()
                    || (byRows ? part.columns() != first.columns() : part.rows() != first.rows())) {
                throw new IllegalArgumentException(
                        "the parts of " + name + " do not fit together: " + first.type() + " "
                                + first.shape() + " and " + part.type() + " " + part.shape());
            }
            rows = Math.addExact(rows, part.rows());
            columns = Math.addExact(columns, part.columns());
        }
        if (!byRows && first.type().blockSize() != 1) {
            throw new IllegalArgumentException("rows of type " + first.type() + " cannot be joined side by side");
        }
        return new JoinedTensor(name, byRows ? List.of(first.columns(), rows) : List.of(columns, first.rows()),
                List.copyOf(parts), byRows);
    }

    @Override
    public StoredTensor named(String other) {
        return new JoinedTensor(other, shape, parts, byRows);
    }

    @Override
    public QuantType type() {
        return parts.getFirst().type();
    }

    @Override
    public Stream<Path> files() {
        return parts.stream().flatMap(StoredTensor::files);
    }

    @Override
    public RowReader reader() {
        List<RowReader> readers = new ArrayList<>();
        try {
            parts.forEach(part -> readers.add(part.reader()));
        } catch (RuntimeException | Error e) {
            readers.forEach(RowReader::close);
            throw e;
        }
        return byRows ? new Stacked(parts, readers) : new SideBySide(parts, readers);
    }

    @Override
    public void decode(long row, int column, int count, float[] target, int offset) {
        if (byRows) {
            long first = row;
            for (StoredTensor part : parts) {
                if (first < part.rows()) {
                    part.decode(first, column, count, target, offset);
                    return;
                }
                first -= part.rows();
            }
            throw new IndexOutOfBoundsException("row " + row + " of tensor " + name + " of shape " + shape);
        }
        long start = 0;
        for (StoredTensor part : parts) {
            long from = Math.max(column, start);
            long to = Math.min(column + (long) count, start + part.columns());
            if (from < to) {
                part.decode(row, (int) (from - start), (int) (to - from), target, (int) (offset + from - column));
            }
            start += part.columns();
        }
    }

    @Override
    public void copy(long row, int column, int count, byte[] target, int offset) {
        if (byRows) {
            long first = row;
            for (StoredTensor part : parts) {
                if (first < part.rows()) {
                    part.copy(first, column, count, target, offset);
                    return;
                }
                first -= part.rows();
            }
            throw new IndexOutOfBoundsException("row " + row + " of tensor " + name + " of shape " + shape);
        }
        long start = 0;
        for (StoredTensor part : parts) {
            long from = Math.max(column, start);
            long to = Math.min(column + (long) count, start + part.columns());
            if (from < to) {
                part.copy(row, (int) (from - start), (int) (to - from), target,
                        offset + Math.toIntExact(type().rowBytes(from - column)));
            }
            start += part.columns();
        }
    }

    private record Stacked(List<StoredTensor> parts, List<RowReader> readers) implements RowReader {
        @Override
        public void read(long firstRow, int rows, byte[] target, int offset) {
            int rowBytes = Math.toIntExact(parts.getFirst().rowBytes());
            long start = 0;
            for (int i = 0; i < parts.size(); i++) {
                long from = Math.max(firstRow, start);
                long to = Math.min(firstRow + rows, start + parts.get(i).rows());
                if (from < to) {
                    readers.get(i).read(from - start, (int) (to - from), target,
                            offset + (int) (from - firstRow) * rowBytes);
                }
                start += parts.get(i).rows();
            }
        }

        @Override
        public void close() {
            readers.forEach(RowReader::close);
        }
    }

    private record SideBySide(List<StoredTensor> parts, List<RowReader> readers) implements RowReader {
        @Override
        public void read(long firstRow, int rows, byte[] target, int offset) {
            int wholeBytes = Math.toIntExact(parts.stream().mapToLong(StoredTensor::rowBytes).sum());
            int at = offset;
            for (int i = 0; i < parts.size(); i++) {
                int partBytes = Math.toIntExact(parts.get(i).rowBytes());
                byte[] part = new byte[Math.multiplyExact(rows, partBytes)];
                readers.get(i).read(firstRow, rows, part, 0);
                for (int row = 0; row < rows; row++) {
                    System.arraycopy(part, row * partBytes, target, at + row * wholeBytes, partBytes);
                }
                at += partBytes;
            }
        }

        @Override
        public void close() {
            readers.forEach(RowReader::close);
        }
    }
}
