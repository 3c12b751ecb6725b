package dev.cria.bench;

import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.core.MatrixProduct;
import dev.cria.core.WorkerTeam;
import dev.cria.quant.QuantType;
import dev.cria.quant.WeightTensor;
import dev.cria.quant.packed.MatrixLoader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A weight matrix times one row of inputs (a decode step) and times a batch of them (a prompt). */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 4, time = 2)
public class MatrixBenchmark {
    /** More than any cache holds, so that a decode step reads memory, as it does in a model. */
    private static final int ROWS = 32_768;
    private static final int COLUMNS = 4_096;
    private static final int BATCH = 128;
    private static final int BATCH_ROWS = 4_096;

    /** Storage format. */
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K",
        "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"})
    public QuantType type = QuantType.F32;

    /** What inputs become for weights in levels: what models take by default. */
    @Param("Q8")
    public ActivationType activations = ActivationType.Q8;

    /** Which kernels: the beginning of their name. */
    @Param({"machine", "vector", "plain"})
    public String kernels = "";

    /** Threads of the team. */
    @Param("2")
    public int threads;

    private final Arena arena = Arena.ofShared();
    private final float[] x = new float[BATCH * COLUMNS];
    private final float[] out = new float[Math.max(ROWS, BATCH * BATCH_ROWS)];
    private WorkerTeam team = new WorkerTeam(1);
    private MatrixProduct product = new MatrixProduct(Kernels.best(), team);
    private Matrix tall = new Nothing();
    private Matrix square = new Nothing();

    /** Makes matrices of random weights. */
    @Setup
    public void setUp() {
        team = new WorkerTeam(threads);
        product = new MatrixProduct(kernels(), team, activations);
        Random random = new Random(1);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        tall = matrix(ROWS, random);
        square = matrix(BATCH_ROWS, random);
    }

    private Kernels kernels() {
        return Kernels.all().stream().filter(each -> each.name().startsWith(kernels)).findFirst()
                .orElseThrow(() -> new IllegalStateException("no kernels here are called " + kernels));
    }

    private Matrix matrix(int rows, Random random) {
        long rowBytes = type.rowBytes(COLUMNS);
        float[] row = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            row[i] = (float) random.nextGaussian();
        }
        MemorySegment data = arena.allocate(rows * rowBytes, 64);
        type.encode(row, 0, COLUMNS, data, 0);
        for (int r = 1; r < rows; r++) {
            MemorySegment.copy(data, 0, data, r * rowBytes, rowBytes);
        }
        WeightTensor tensor = new WeightTensor("weights", type, List.of((long) COLUMNS, (long) rows), Path.of("none"),
                WeightTensor.IN_MEMORY, data);
        return new MatrixLoader(kernels(), arena, activations).packed(tensor);
    }

    /** Frees everything. */
    @TearDown
    public void tearDown() {
        team.close();
        arena.close();
    }

    /**
     * One row: gigabytes of weights a second is the figure.
     *
     * @param counted receives it
     * @return the outputs
     */
    @Benchmark
    public float[] row(Counted counted) {
        product.add(x, 0, COLUMNS, 1, new MatrixProduct.Term(tall, out, ROWS));
        counted.gigabytes += ROWS * type.rowBytes(COLUMNS) / 1e9;
        counted.gigaflops += 2.0 * ROWS * COLUMNS / 1e9;
        return out;
    }

    /**
     * A batch of rows: gigaflops is the figure.
     *
     * @param counted receives it
     * @return the outputs
     */
    @Benchmark
    public float[] batch(Counted counted) {
        product.add(x, 0, COLUMNS, BATCH, new MatrixProduct.Term(square, out, BATCH_ROWS));
        counted.gigabytes += BATCH_ROWS * type.rowBytes(COLUMNS) / 1e9;
        counted.gigaflops += 2.0 * BATCH * BATCH_ROWS * COLUMNS / 1e9;
        return out;
    }

    /** A matrix without rows, before the set-up. */
    private static final class Nothing implements Matrix {
        @Override
        public int rows() {
            return 0;
        }

        @Override
        public int columns() {
            return 0;
        }

        @Override
        public int blockColumns() {
            return 1;
        }

        @Override
        public void row(int row, float[] target, int offset) {}

        @Override
        public void expand(int panel, int firstColumn, int count, float[] target, int offset) {}

        @Override
        public void multiply(int panel, float[] x, int xOffset, float[] out, int outOffset, float[] scratch) {}
    }
}
