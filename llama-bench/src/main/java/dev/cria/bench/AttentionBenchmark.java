package dev.cria.bench;

import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.config.RopeScaling;
import dev.cria.model.transformer.Attention;
import dev.cria.model.transformer.GrowingCache;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.transformer.PanelPage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
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

/** Attention of the 7B shape, 32 heads of 128: a decode step of all layers after some positions. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 4, time = 2)
public class AttentionBenchmark {
    /** With 1,024 positions, more keys and values than any cache holds, as in a model. */
    private static final int LAYERS = 8;
    private static final int HEADS = 32;
    private static final int HEAD_LENGTH = 128;
    private static final int CONTEXT = 4_096;

    /** Positions that are attended to. */
    @Param({"64", "1024", "4096"})
    public int positions;

    /** Key/value heads. */
    @Param({"32", "8"})
    public int kvHeads;

    /** How keys and values are stored. */
    @Param({"F16", "F32", "Q8"})
    public KvType kvType = KvType.F16;

    /** Threads of the team. */
    @Param("2")
    public int threads;

    private final float[] queries = new float[HEADS * HEAD_LENGTH];
    private final float[] out = new float[HEADS * HEAD_LENGTH];
    private final List<Runnable> layers = new ArrayList<>();
    private WorkerTeam team = new WorkerTeam(1);

    /** Makes random keys and values. */
    @Setup
    public void setUp() {
        ModelConfig config = new ModelConfig("random", HEADS * HEAD_LENGTH, LAYERS, HEADS, kvHeads, HEAD_LENGTH, 11_008,
                32_000, CONTEXT, 1e-5f, 10_000f, RopeScaling.none(), OptionalInt.empty());
        KvCache cache = new GrowingCache(() -> PanelPage.of(config, kvType), CONTEXT);
        cache.reserve(positions);
        float[] vectors = new float[CONTEXT + kvHeads * HEAD_LENGTH];
        Random random = new Random(1);
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = (float) random.nextGaussian();
        }
        System.arraycopy(vectors, 0, queries, 0, queries.length);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int position = 0; position < positions; position++) {
                PanelPage page = (PanelPage) cache.page(position / KvPage.POSITIONS);
                page.store(layer, position % KvPage.POSITIONS, vectors, position, vectors, CONTEXT - 1 - position);
            }
        }
        team = new WorkerTeam(threads);
        Attention attention = new Attention(Kernels.best(), config, HEADS * HEAD_LENGTH, threads);
        List<Attention.Tile> tiles = attention.tiles(cache, 0, 1, positions - 1);
        for (int i = 0; i < LAYERS; i++) {
            int layer = i;
            layers.add(() -> team.run(tiles.size(),
                    (piece, worker) -> attention.attend(tiles.get(piece), layer, queries, out, worker)));
        }
    }

    /** Stops the team. */
    @TearDown
    public void tearDown() {
        team.close();
    }

    /**
     * One token: gigabytes of keys and values a second is the figure.
     *
     * @param counted receives it
     * @return the weighted values of the last layer
     */
    @Benchmark
    public float[] attention(Counted counted) {
        layers.forEach(Runnable::run);
        counted.gigabytes += 2.0 * LAYERS * positions * kvHeads * kvType.bytesPerHead(HEAD_LENGTH) / 1e9;
        counted.gigaflops += 4.0 * LAYERS * positions * HEADS * HEAD_LENGTH / 1e9;
        return out;
    }
}
