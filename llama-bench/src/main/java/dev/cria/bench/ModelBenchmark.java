package dev.cria.bench;

import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.KvType;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.transformer.Batch.Output;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.GrowingCache;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.Transformer;
import dev.cria.quant.GgufFile;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tokens a second of whole models: reading a prompt, and generating after it. */
@Command(name = "model", mixinStandardHelpOptions = true, description = "Measures prompt and generation speed of a GGUF model.")
final class ModelBenchmark implements Callable<Integer> {
    /**
     * Warm-up ends when a round is less than this much faster than the best one before: C2 has then compiled what
     * matters.
     */
    private static final double SETTLED = 1.03;
    private static final int MOST_WARM_UPS = 10;
    private static final int FEWEST_WARM_UPS = 4;
    private static final int WARM_UP_PROMPT = 128;
    private static final int WARM_UP_TOKENS = 8;
    private static final int CHUNK = 258;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "GGUF file")
    private Path model = Path.of("");

    @Option(names = "--prompt", paramLabel = "N", defaultValue = "512", description = "tokens of the prompt test, 0 for none (default: 512)")
    private int prompt;

    @Option(names = "--generate", paramLabel = "N", defaultValue = "64", description = "tokens of the generation test, 0 for none (default: 64)")
    private int generate;

    @Option(names = "--depth", paramLabel = "N", defaultValue = "0", description = "tokens in the context before generation begins (default: 0)")
    private int depth;

    @Option(names = "--kv-type", paramLabel = "TYPE", description = "how keys and values are kept: ${COMPLETION-CANDIDATES} (default: the model's)")
    private Optional<KvType> kvType = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "threads (default: all processors)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--repetitions", paramLabel = "N", defaultValue = "3", description = "counted repetitions (default: 3)")
    private int repetitions;

    @Option(names = "--json", description = "prints one JSON array")
    private boolean json;

    private record Result(String test, double[] tokensPerSecond) {
        double median() {
            double[] sorted = tokensPerSecond.clone();
            Arrays.sort(sorted);
            return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        }
    }

    @Override
    public Integer call() {
        try (GgufFile file = GgufFile.open(model); Arena arena = Arena.ofShared()) {
            GgufModel gguf = new GgufModel(file);
            WorkerTeam team = new WorkerTeam(threads);
            Kernels kernels = Kernels.best();
            long start = System.nanoTime();
            var weights = gguf.load(true, ActivationType.Q8, kernels, team, arena);
            double loading = (System.nanoTime() - start) / 1e9;
            try (Transformer transformer = new Transformer(gguf.config(), weights, kernels, team,
                    gguf.config().contextLength(),
                    kvType.orElseGet(() -> KvType.defaultFor(gguf.config(), gguf.config().contextLength())),
                    CHUNK)) {
                warmUp(transformer);
                List<Result> results = new ArrayList<>();
                if (prompt > 0) {
                    results.add(new Result("pp" + prompt,
                            repeat(prompt, () -> read(transformer, new GrowingCache(transformer), prompt))));
                }
                if (generate > 0) {
                    String name = "tg" + generate + (depth > 0 ? "@" + depth : "");
                    results.add(new Result(name, repeat(generate, () -> {
                        KvCache cache = new GrowingCache(transformer);
                        read(transformer, cache, depth);
                        return generate(transformer, cache, generate);
                    })));
                }
                print(results, loading, System.out);
            }
        }
        return 0;
    }

    private void warmUp(Transformer transformer) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < MOST_WARM_UPS; i++) {
            long time = 0;
            KvCache cache = new GrowingCache(transformer);
            if (prompt > 0 || depth > 0) {
                time += read(transformer, cache, Math.min(Math.max(prompt, depth), WARM_UP_PROMPT));
            }
            time += generate(transformer, cache, WARM_UP_TOKENS);
            if (i >= FEWEST_WARM_UPS && (double) time * SETTLED > (double) best) {
                return;
            }
            best = Math.min(best, time);
        }
    }

    /** One repetition: answers the nanoseconds that count. */
    private interface Repetition {
        long run();
    }

    private double[] repeat(int tokens, Repetition repetition) {
        double[] speeds = new double[repetitions];
        for (int i = 0; i < repetitions; i++) {
            speeds[i] = tokens * 1e9 / repetition.run();
        }
        return speeds;
    }

    private static long read(Transformer transformer, KvCache cache, int count) {
        SplittableRandom random = new SplittableRandom(1);
        Batch batch = new Batch(CHUNK);
        long start = System.nanoTime();
        while (cache.length() < count) {
            batch.clear();
            int position = cache.length();
            int end = Math.min(position + CHUNK, count);
            for (; position < end; position++) {
                batch.add(random.nextInt(transformer.vocabularySize()), position, cache,
                        position == count - 1 ? Output.LOGITS : Output.NONE);
            }
            transformer.run(batch, (row, values, offset, worker) -> {}, () -> false);
        }
        return System.nanoTime() - start;
    }

    private static long generate(Transformer transformer, KvCache cache, int count) {
        SplittableRandom random = new SplittableRandom(2);
        Batch batch = new Batch(1);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            batch.clear();
            batch.add(random.nextInt(transformer.vocabularySize()), cache.length(), cache, Output.LOGITS);
            transformer.run(batch, (row, values, offset, worker) -> {}, () -> false);
        }
        return System.nanoTime() - start;
    }

    private void print(List<Result> results, double loading, PrintStream out) {
        if (json) {
            out.println(
                    results.stream().map(r -> String.format(Locale.ROOT, "{\"test\":\"%s\",\"tokensPerSecond\":%.3f}",
                            r.test, r.median())).toList());
            return;
        }
        out.printf(Locale.ROOT, "%s, %d threads, %s kernels, loaded in %.2f s%n", model.getFileName(), threads,
                Kernels.best().name(), loading);
        for (Result r : results) {
            out.printf(Locale.ROOT, "%-12s %10.2f tokens/s  %s%n", r.test, r.median(),
                    Arrays.toString(r.tokensPerSecond));
        }
    }
}
