package dev.cria.quant.packed;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.core.memory.HugePages;
import dev.cria.quant.QuantType;
import dev.cria.quant.RowReader;
import dev.cria.quant.StoredTensor;
import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * Makes matrices of the tensors of weight files. Packed matrices are filled by reading the file piece by piece rather
 * than through its mapping, so that no more than the packed copy and a few pieces are resident at any time.
 * Thread-safe: several threads may load several tensors.
 */
public final class MatrixLoader {
    private final Kernels kernels;
    private final Arena arena;
    private final ActivationType activations;

    /**
     * Makes matrices for inputs that are floats.
     *
     * @param kernels the primitives that the matrices will use
     * @param arena owns the packed weights; shared, if several threads load
     */
    public MatrixLoader(Kernels kernels, Arena arena) {
        this(kernels, arena, ActivationType.F32);
    }

    /**
     * @param kernels the primitives that the matrices will use
     * @param arena owns the packed weights; shared, if several threads load
     * @param activations what the matrices will mostly be multiplied with; with {@link ActivationType#Q8}, those that
     *     can are a {@link dev.cria.core.LevelMatrix}
     */
    public MatrixLoader(Kernels kernels, Arena arena, ActivationType activations) {
        this.kernels = kernels;
        this.arena = arena;
        this.activations = activations;
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
        return integers(tensor).<Matrix>map(format -> IntegerMatrix.mapped(tensor, format, kernels))
                .orElseGet(() -> new MappedMatrix(tensor, kernels));
    }

    private Optional<IntegerPanels> integers(StoredTensor tensor) {
        return activations == ActivationType.Q8
                ? IntegerPanels.of(tensor.type()).filter(format -> tensor.columns() % format.blockColumns() == 0)
                : Optional.empty();
    }

    /**
     * {@return a matrix of rearranged weights, or of the mapping for types or numbers that have no packed layout}
     *
     * @param tensor two-dimensional weights
     * @throws CriaException if the file can no longer be read
     */
    public Matrix packed(StoredTensor tensor) {
        Optional<IntegerPanels> integers = integers(tensor);
        if (integers.isPresent()) {
            IntegerPanels packing = integers.get();
            return pack(tensor, packing).<Matrix>map(panels -> IntegerMatrix.packed(panels, packing, kernels))
                    .orElseGet(() -> mapped(tensor));
        }
        return format(tensor.type(), tensor.columns())
                .flatMap(format -> pack(tensor, format)
                        .<Matrix>map(panels -> new PackedMatrix(panels, format, kernels)))
                .orElseGet(() -> mapped(tensor));
    }

    private Optional<PackedPanels> pack(StoredTensor tensor, PanelPacking packing) {
        PackedPanels panels = new PackedPanels(Math.toIntExact(tensor.rows()), Math.toIntExact(tensor.columns()),
                packing, new HugePages(arena));
        int rowBytes = Math.toIntExact(tensor.rowBytes());
        byte[] source = new byte[Math.multiplyExact(Matrix.PANEL_ROWS, rowBytes)];
        int[] target = new int[panels.panelInts()];
        try (RowReader rows = tensor.reader()) {
            for (int panel = 0; panel < panels.count(); panel++) {
                rows.read((long) panel * Matrix.PANEL_ROWS, panels.rowsOf(panel), source, 0);
                if (!panels.pack(panel, source, rowBytes, target)) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(panels);
    }
}
