package dev.cria.quant;

import dev.cria.core.CriaException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;

/**
 * A tensor as rows that are read when they are asked for. The rows may lie in a file one after another
 * ({@link WeightTensor}), or be brought into another order, joined from the parts that several files hold, or
 * quantised, row by row, while they are read. None of these makes a copy of the tensor. Thread-safe.
 */
public sealed interface StoredTensor permits WeightTensor, PermutedTensor, JoinedTensor, QuantizedTensor {
    /** {@return the tensor's name} */
    String name();

    /** {@return the storage format of the rows} */
    QuantType type();

    /** {@return extents, fastest first, as GGUF has them} */
    List<Long> shape();

    /**
     * Opens the rows for reading from their files rather than from the mapping, so that what has been read does not
     * stay in memory.
     *
     * @return a reader, to be closed
     * @throws CriaException if a file can no longer be read
     */
    RowReader reader();

    /**
     * Turns a part of a row into floats.
     *
     * @param row index of the row
     * @param column index of the first weight, a multiple of the type's block
     * @param count number of weights, a multiple of the type's block
     * @param target receives them
     * @param offset index of the first of them
     */
    void decode(long row, int column, int count, float[] target, int offset);

    /**
     * Copies a part of a row as it is stored.
     *
     * @param row index of the row
     * @param column index of the first weight, a multiple of the type's block
     * @param count number of weights, a multiple of the type's block
     * @param target receives them, {@code type().rowBytes(count)} bytes
     * @param offset index of the first byte
     */
    void copy(long row, int column, int count, byte[] target, int offset);

    /** {@return the files that hold the rows; none if the rows are in memory} */
    Stream<Path> files();

    /** {@return the extent that varies fastest: inputs of a matrix, length of a vector} */
    default long columns() {
        return shape().getFirst();
    }

    /** {@return the product of the other extents: outputs of a matrix, 1 for a vector} */
    default long rows() {
        return shape().stream().skip(1).reduce(1L, Math::multiplyExact);
    }

    /** {@return the bytes of a row} */
    default long rowBytes() {
        return type().rowBytes(columns());
    }

    /** {@return the bytes of all rows} */
    default long bytes() {
        return Math.multiplyExact(rows(), rowBytes());
    }

    /**
     * {@return this tensor under another name}
     *
     * @param name the new name
     */
    StoredTensor named(String name);

    /**
     * {@return this tensor with its rows in another order}
     *
     * @param name the name of the result
     * @param order the row of this tensor that becomes a row of the result
     */
    default StoredTensor permuted(String name, LongUnaryOperator order) {
        return new PermutedTensor(name, this, order);
    }

    /**
     * {@return this tensor in another storage format}
     *
     * @param type the format
     * @throws IllegalArgumentException if the columns are no multiple of the format's block
     */
    default StoredTensor quantized(QuantType type) {
        return new QuantizedTensor(name(), this, type);
    }

    /**
     * {@return a tensor of the rows of all parts, one part after another}
     *
     * @param name the name of the result
     * @param parts the parts, at least one; their types and columns agree
     * @throws IllegalArgumentException if they do not
     */
    static StoredTensor joinedRows(String name, List<? extends StoredTensor> parts) {
        return JoinedTensor.of(name, parts, true);
    }

    /**
     * {@return a tensor whose rows are those of all parts side by side}
     *
     * @param name the name of the result
     * @param parts the parts, at least one, of a type that is not quantised; their types and rows agree
     * @throws IllegalArgumentException if they do not
     */
    static StoredTensor joinedColumns(String name, List<? extends StoredTensor> parts) {
        return JoinedTensor.of(name, parts, false);
    }
}
