package dev.cria.quant;

import dev.cria.core.CriaException;

/** Reads the rows of a {@link StoredTensor}. Not thread-safe; several threads take a reader each. */
public interface RowReader extends AutoCloseable {
    /**
     * Reads rows, one after another, in the tensor's storage format.
     *
     * @param firstRow index of the first row
     * @param rows number of rows
     * @param target receives them; at least {@code rows * rowBytes} bytes
     * @param offset index of the first byte
     * @throws CriaException if a file can no longer be read or has become shorter
     */
    void read(long firstRow, int rows, byte[] target, int offset);

    /** Closes the files. */
    @Override
    void close();
}
