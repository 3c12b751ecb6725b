package dev.cria.quant.packed;

import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.quant.QuantType;
import dev.cria.quant.RowReader;
import dev.cria.quant.StoredTensor;
import java.lang.foreign.Arena;
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
    public Matrix mapped(StoredTensor tensor) {
        return new MappedMatrix(tensor, kernels);
    }

    /**
     * {@return a matrix of rearranged weights, or of the mapping for types or numbers that have no packed layout}
     *
     * @param tensor two-dimensional weights
     * @throws CriaException if the file can no longer be read
     */
    public Matrix packed(StoredTensor tensor) {
        return format(tensor.type(), tensor.columns()).map(format -> pack(tensor, format)).orElseGet(
                () -> mapped(tensor));
    }

    private Matrix pack(StoredTensor tensor, PanelFormat format) {
        PackedMatrix matrix = new PackedMatrix(Math.toIntExact(tensor.rows()), Math.toIntExact(tensor.columns()),
                format, kernels, arena);
        int rowBytes = Math.toIntExact(tensor.rowBytes());
        byte[] source = new byte[Math.multiplyExact(Matrix.PANEL_ROWS, rowBytes)];
        int[] target = new int[matrix.panelInts()];
        try (RowReader rows = tensor.reader()) {
            for (int panel = 0; panel < matrix.panels(); panel++) {
                rows.read((long) panel * Matrix.PANEL_ROWS, matrix.rowsOf(panel), source, 0);
                if (!matrix.pack(panel, source, rowBytes, target)) {
                    return mapped(tensor);
                }
            }
        }
        return matrix;
    }
}
