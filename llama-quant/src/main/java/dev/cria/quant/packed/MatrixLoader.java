package dev.cria.quant.packed;

import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.quant.QuantType;
import dev.cria.quant.WeightTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Makes matrices of the tensors of weight files. Packed matrices are filled by reading the file piece by piece rather than through its
 * mapping, so that no more than the packed copy and a few pieces are resident at any time. Thread-safe: several threads may load several tensors.
 */
public final class MatrixLoader {
    private final Kernels kernels;
    private final Arena arena;

    /**
     * @param kernels the primitives that the matrices will use
     * @param arena owns the packed weights; shared, if several threads load
     */
    public MatrixLoader(Kernels kernels, Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
    }

    /**
     * {@return the layout of packed panels for a type, if it has one that fits the columns}
     *
     * @param type storage type
     * @param columns columns of the matrix
     */
    public static Optional<PanelFormat> format(QuantType type, long columns) {
        PanelFormat format = switch (type) {
            case F32 -> new F32Panels();
            case F16 -> new F16Panels();
            case BF16 -> new BF16Panels();
            case Q8_0 -> new Q8_0Panels();
            case Q4_0 -> new Q4_0Panels();
            default -> GroupedPanels.of(type).orElse(null);
        };
        return Optional.ofNullable(format).filter(f -> columns % f.blockColumns() == 0);
    }

    /**
     * {@return a matrix that reads the file's mapping as it is}
     *
     * @param tensor two-dimensional weights
     */
    public Matrix mapped(WeightTensor tensor) {
        return new MappedMatrix(tensor, kernels);
    }

    /**
     * {@return a matrix of rearranged weights, or of the mapping for types or numbers that have no packed layout}
     *
     * @param tensor two-dimensional weights
     * @throws CriaException if the file can no longer be read
     */
    public Matrix packed(WeightTensor tensor) {
        return format(tensor.type(), tensor.columns()).map(format -> pack(tensor, format)).orElseGet(
                () -> mapped(tensor));
    }

    private Matrix pack(WeightTensor tensor, PanelFormat format) {
        PackedMatrix matrix = new PackedMatrix(Math.toIntExact(tensor.rows()), Math.toIntExact(tensor.columns()),
                format,
                kernels, arena);
        int rowBytes = Math.toIntExact(tensor.type().rowBytes(tensor.columns()));
        if (tensor.fileOffset() == WeightTensor.IN_MEMORY) {
            boolean fits = pack(matrix, rowBytes, (offset, target, size) -> MemorySegment.copy(tensor.data(),
                    ValueLayout.JAVA_BYTE, offset, target, 0, size));
            return fits ? matrix : mapped(tensor);
        }
        try (FileChannel channel = FileChannel.open(tensor.file(), StandardOpenOption.READ)) {
            boolean fits = pack(matrix, rowBytes,
                    (offset, target, size) -> read(channel, ByteBuffer.wrap(target, 0, size), tensor,
                            tensor.fileOffset() + offset));
            return fits ? matrix : mapped(tensor);
        } catch (IOException e) {
            throw unreadable(tensor, e);
        }
    }

    /** Where the rows of a tensor come from. */
    @FunctionalInterface
    private interface Source {
        /** Reads {@code size} bytes of the tensor's data from an offset on. */
        void read(long offset, byte[] target, int size);
    }

    private static boolean pack(PackedMatrix matrix, int rowBytes, Source rows) {
        byte[] source = new byte[Math.multiplyExact(Matrix.PANEL_ROWS, rowBytes)];
        int[] target = new int[matrix.panelInts()];
        for (int panel = 0; panel < matrix.panels(); panel++) {
            rows.read((long) panel * Matrix.PANEL_ROWS * rowBytes, source, matrix.rowsOf(panel) * rowBytes);
            if (!matrix.pack(panel, source, rowBytes, target)) {
                return false;
            }
        }
        return true;
    }

    private static void read(FileChannel channel, ByteBuffer buffer, WeightTensor tensor, long position) {
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw new CriaException(tensor.file() + ": tensor " + tensor.name()
                            + " ends early; the file has become shorter since it was opened");
                }
            }
        } catch (IOException e) {
            throw unreadable(tensor, e);
        }
    }

    private static CriaException unreadable(WeightTensor tensor, IOException e) {
        return new CriaException("cannot read tensor " + tensor.name() + " of " + tensor.file() + ": " + e.getMessage(),
                e);
    }
}
