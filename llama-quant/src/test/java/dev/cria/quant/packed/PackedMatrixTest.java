package dev.cria.quant.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.core.MatrixProduct;
import dev.cria.core.WorkerTeam;
import dev.cria.quant.QuantType;
import dev.cria.quant.WeightTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Whatever form the weights are in, and whoever multiplies them, the numbers are those of the format's own decoder. */
@Tag("widths")
class PackedMatrixTest {
    @Provide
    Arbitrary<QuantType> packedTypes() {
        return Arbitraries.of(List.of(QuantType.values()).stream()
                .filter(type -> MatrixLoader.format(type, 256).isPresent()).toList());
    }

    @Property(tries = 300)
    void productsAndPanelsAreTheSameBitsInEveryForm(@ForAll("packedTypes") QuantType type, @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 70) int rows, @ForAll @IntRange(min = 1, max = 9) int blocks) {
        Random random = new Random(seed);
        int columns = blocks * Math.max(type.blockSize(), 2);
        float[] values = new float[rows * columns];
        // down to subnormal binary16 numbers
        double scale = Math.scalb(1.0, -random.nextInt(26));
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()) * scale);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(rows * type.rowBytes(columns))]);
        type.encode(values, 0, values.length, bytes, 0);
        type.decode(bytes, 0, values, 0, values.length);

        WeightTensor tensor = new WeightTensor("weights", type, List.of((long) columns, (long) rows), Path.of("file"),
                0, bytes);
        PanelFormat format = MatrixLoader.format(type, columns).orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix plain = pack(tensor, format, Kernels.plain(), arena);
            PackedMatrix vector = pack(tensor, format, Kernels.best(), arena);
            MappedMatrix mapped = new MappedMatrix(tensor, Kernels.best());
            float[] x = new float[columns + 3];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian() * (i % 97 == 96 ? 1e9f : 1f);
            }
            for (int panel = 0; panel < plain.panels(); panel++) {
                float[] expected = exactProduct(values, rows, columns, panel, x);
                float[] weights = transposed(values, rows, columns, panel);
                for (Matrix matrix : List.of(plain, vector, mapped)) {
                    float[] out = new float[Matrix.PANEL_ROWS + 1];
                    matrix.multiply(panel, x, 3, out, 1, new float[Matrix.SCRATCH]);
                    assertThat(Arrays.copyOfRange(out, 1, out.length)).as("%s", matrix).isEqualTo(expected);
                    float[] tile = new float[2 + weights.length];
                    matrix.expand(panel, 0, columns, tile, 2);
                    assertThat(withoutSignsOfZeros(tile, 2)).as("%s", matrix).isEqualTo(weights);
                }
            }
            float[] row = new float[columns];
            vector.row(rows - 1, row, 0);
            assertThat(withoutSignsOfZeros(row, 0))
                    .isEqualTo(withoutSignsOfZeros(values, (rows - 1) * columns));
        }
    }

    /** The weights of a panel, column by column. */
    private static float[] transposed(float[] values, int rows, int columns, int panel) {
        float[] weights = new float[columns * Matrix.PANEL_ROWS];
        for (int r = 0; r < Matrix.PANEL_ROWS && panel * Matrix.PANEL_ROWS + r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                weights[k * Matrix.PANEL_ROWS + r] = values[(panel * Matrix.PANEL_ROWS + r) * columns + k];
            }
        }
        return withoutSignsOfZeros(weights, 0);
    }

    /** 0 and -0 count as equal: adding 0 leaves every other number as it is. */
    private static float[] withoutSignsOfZeros(float[] numbers, int from) {
        float[] result = Arrays.copyOfRange(numbers, from, numbers.length);
        for (int i = 0; i < result.length; i++) {
            result[i] += 0f;
        }
        return result;
    }

    @Provide
    Arbitrary<QuantType> typesOfLevels() {
        return Arbitraries.of(List.of(QuantType.values()).stream()
                .filter(type -> IntegerPanels.of(type).isPresent()).toList());
    }

    /** Few are multiplied with packed levels, many with unpacked ones. */
    @Provide
    Arbitrary<Integer> fewAndManyTokens() {
        return Arbitraries.of(1, 2, 3, 6, 9, MatrixProduct.UNPACK_FROM - 1, MatrixProduct.UNPACK_FROM,
                MatrixProduct.UNPACK_FROM + 1, 31);
    }

    @Property(tries = 200)
    void levelsAreTheSameBitsInEveryFormAndCloseToTheExactProduct(@ForAll("typesOfLevels") QuantType type,
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 1, max = 12) int blocks, @ForAll("fewAndManyTokens") int tokens) {
        Random random = new Random(seed);
        int columns = blocks * type.blockSize();
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()));
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(rows * type.rowBytes(columns))]);
        type.encode(values, 0, values.length, bytes, 0);
        type.decode(bytes, 0, values, 0, values.length);
        WeightTensor tensor = new WeightTensor("weights", type, List.of((long) columns, (long) rows), Path.of("file"),
                WeightTensor.IN_MEMORY, bytes);
        float[] x = new float[tokens * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        try (Arena arena = Arena.ofConfined(); WorkerTeam team = new WorkerTeam(1)) {
            MatrixLoader plain = new MatrixLoader(Kernels.plain(), arena, ActivationType.Q8);
            float[] expected = product(Kernels.plain(), team, ActivationType.Q8, plain.packed(tensor), x, tokens);
            float[] exact = product(Kernels.plain(), team, ActivationType.F32,
                    new MatrixLoader(Kernels.plain(), arena).packed(tensor), x, tokens);
            for (Kernels kernels : faster()) {
                MatrixLoader loader = new MatrixLoader(kernels, arena, ActivationType.Q8);
                Matrix packed = loader.packed(tensor);
                assertThat(product(kernels, team, ActivationType.Q8, packed, x, tokens)).as(kernels.name())
                        .isEqualTo(expected);
                assertThat(product(kernels, team, ActivationType.Q8, loader.mapped(tensor), x, tokens))
                        .as(kernels.name()).isEqualTo(expected);
                // one row at a time takes the other product
                for (int t = 0; t < tokens; t++) {
                    float[] one = Arrays.copyOfRange(x, t * columns, (t + 1) * columns);
                    float[] out = product(kernels, team, ActivationType.Q8, packed, one, 1);
                    assertThat(out).as(kernels.name()).isEqualTo(
                            Arrays.copyOfRange(expected, t * out.length, (t + 1) * out.length));
                }
                // the matrix can still be multiplied with floats, exactly
                assertThat(product(kernels, team, ActivationType.F32, packed, x, tokens)).as(kernels.name())
                        .isEqualTo(exact);
            }
            // an input is off by at most half of 1/127 of the largest of its block
            int stride = exact.length / tokens;
            double[] magnitudes = new double[rows];
            for (int i = 0; i < values.length; i++) {
                magnitudes[i / columns] += Math.abs(values[i]);
            }
            for (int t = 0; t < tokens; t++) {
                double largest = 0;
                for (int k = 0; k < columns; k++) {
                    largest = Math.max(largest, Math.abs(x[t * columns + k]));
                }
                for (int r = 0; r < rows; r++) {
                    assertThat((double) expected[t * stride + r]).isCloseTo(exact[t * stride + r],
                            within(0.501 / 127 * largest * magnitudes[r] + 1e-6));
                }
            }
        }
    }

    /** All but the plain ones, where there are others. */
    private static List<Kernels> faster() {
        List<Kernels> all = Kernels.all();
        return all.subList(Math.min(1, all.size() - 1), all.size());
    }

    private static float[] product(Kernels kernels, WorkerTeam team, ActivationType activations, Matrix matrix,
            float[] x, int tokens) {
        int stride = matrix.panels() * Matrix.PANEL_ROWS;
        float[] out = new float[tokens * stride];
        new MatrixProduct(kernels, team, activations).add(x, 0, matrix.columns(), tokens,
                new MatrixProduct.Term(matrix, out, stride));
        return out;
    }

    @Example
    void weightsThatThePackedLayoutOfBinary16CannotHoldAreReadFromTheMapping() {
        for (float weight : new float[]{127.9f, 128f, -65504f, Float.POSITIVE_INFINITY, Float.NaN}) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[2 * 64]);
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN), 6,
                    Float.floatToFloat16(weight));
            WeightTensor tensor = new WeightTensor("weights", QuantType.F16, List.of(64L, 1L), Path.of("file"),
                    WeightTensor.IN_MEMORY, bytes);
            try (Arena arena = Arena.ofConfined()) {
                Matrix matrix = new MatrixLoader(Kernels.best(), arena).packed(tensor);
                assertThat(matrix).isInstanceOf(Math.abs(weight) < 128 ? PackedMatrix.class : MappedMatrix.class);
                float[] row = new float[64];
                matrix.row(0, row, 0);
                assertThat(row[3]).isEqualTo(Float.valueOf(Float.float16ToFloat(Float.floatToFloat16(weight))));
            }
        }
    }

    private static PackedMatrix pack(WeightTensor tensor, PanelFormat format, Kernels kernels, Arena arena) {
        PackedPanels panels = new PackedPanels((int) tensor.rows(), (int) tensor.columns(), format, arena);
        int rowBytes = (int) tensor.type().rowBytes(tensor.columns());
        for (int panel = 0; panel < panels.count(); panel++) {
            byte[] rows = tensor.data().asSlice((long) panel * Matrix.PANEL_ROWS * rowBytes,
                    (long) panels.rowsOf(panel) * rowBytes).toArray(ValueLayout.JAVA_BYTE);
            assertThat(panels.pack(panel, rows, rowBytes, new int[panels.panelInts()])).isTrue();
        }
        return new PackedMatrix(panels, format, kernels);
    }

    private static float[] exactProduct(float[] values, int rows, int columns, int panel, float[] x) {
        float[] out = new float[Matrix.PANEL_ROWS];
        for (int r = 0; r < Matrix.PANEL_ROWS && panel * Matrix.PANEL_ROWS + r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                out[r] = Math.fma(values[(panel * Matrix.PANEL_ROWS + r) * columns + k], x[3 + k], out[r]);
            }
        }
        return out;
    }
}
