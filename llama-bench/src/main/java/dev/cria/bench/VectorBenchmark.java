package dev.cria.bench;

import dev.cria.core.Kernels;
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
import org.openjdk.jmh.annotations.Warmup;

/** The kernels on single rows: RMSNorm, softmax, SwiGLU. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class VectorBenchmark {
    /** Elements of a row. */
    @Param({"128", "4096", "11008"})
    public int length;

    private final Kernels kernels = Kernels.best();
    private float[] x = {};
    private float[] y = {};
    private float[] out = {};

    /** Makes random rows. */
    @Setup
    public void setUp() {
        Random random = new Random(1);
        x = new float[length];
        y = new float[length];
        out = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) random.nextGaussian();
            y[i] = (float) random.nextGaussian();
        }
    }

    /**
     * RMSNorm.
     *
     * @param counted receives the figure
     * @return the outputs
     */
    @Benchmark
    public float[] rmsNorm(Counted counted) {
        kernels.rmsNorm(x, 0, y, length, 1e-5f, out, 0);
        counted.gigabytes += 12.0 * length / 1e9;
        return out;
    }

    /**
     * Softmax, on a copy of the scores.
     *
     * @param counted receives the figure
     * @return the outputs
     */
    @Benchmark
    public float[] softmax(Counted counted) {
        System.arraycopy(x, 0, out, 0, length);
        kernels.softmax(out, 0, length, 0.1f);
        counted.gigabytes += 8.0 * length / 1e9;
        return out;
    }

    /**
     * SwiGLU, on a copy of the gate.
     *
     * @param counted receives the figure
     * @return the outputs
     */
    @Benchmark
    public float[] swiGlu(Counted counted) {
        System.arraycopy(x, 0, out, 0, length);
        kernels.swiGlu(out, 0, y, 0, length);
        counted.gigabytes += 12.0 * length / 1e9;
        return out;
    }
}
