package dev.cria.quant;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * One tensor of a weight file.
 *
 * @param name the tensor's name in the file
 * @param type storage format
 * @param shape extents, fastest first, as GGUF has them
 * @param file the file that holds the data
 * @param fileOffset where in that file the data begins, in bytes, or {@link #IN_MEMORY}
 * @param data the data, mapped or in memory; valid until the weight file is closed
 */
public record WeightTensor(String name, QuantType type, List<Long> shape, Path file, long fileOffset,
        MemorySegment data) {

    /** The file offset of data that the file has in another form, so that only {@link #data()} holds them. */
    public static final long IN_MEMORY = -1;

    /** Makes the shape immutable. */
    public WeightTensor {
        shape = List.copyOf(shape);
    }

    /** {@return the extent that varies fastest: inputs of a matrix, length of a vector} */
    public long columns() {
        return shape.getFirst();
    }

    /** {@return the product of the other extents: outputs of a matrix, 1 for a vector} */
    public long rows() {
        return shape.stream().skip(1).reduce(1L, Math::multiplyExact);
    }
}
