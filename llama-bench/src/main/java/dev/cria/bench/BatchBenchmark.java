package dev.cria.bench;

import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Many callers of one model, through the public API: each in a thread of its own, with a prompt of its own. */
@Command(name = "batch", mixinStandardHelpOptions = true, description = "Measures many callers of a model at once.")
final class BatchBenchmark implements Callable<Integer> {
    private static final int WARM_UPS = 3;
    private static final int WARM_UP_CALLERS = 2;
    private static final int WARM_UP_TOKENS = 32;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "model")
    private Path model = Path.of("");

    @Option(names = "--prompt", paramLabel = "N", defaultValue = "128", description = "tokens of each prompt (default: 128)")
    private int prompt;

    @Option(names = "--generate", paramLabel = "N", defaultValue = "64", description = "tokens of each answer (default: 64)")
    private int generate;

    @Option(names = "--callers", paramLabel = "N", split = ",", defaultValue = "1,4,16", description = "callers at once (default: 1,4,16)")
    private List<Integer> callers = List.of();

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", description = "prints one JSON array")
    private boolean json;

    /** Tokens a second of all callers together. */
    private record Speed(int callers, double prompt, double generated, double all) {}

    /** When a caller had its first and its last token, in nanoseconds. */
    private record Times(long first, long last) {}

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        // every round reads new prompts, so nothing is reused even where it could be
        SplittableRandom random = new SplittableRandom(1);
        List<Speed> speeds = new ArrayList<>();
        try (LlamaModel loaded = LlamaModel.builder(model).threads(threads)
                .maxConcurrent(callers.stream().mapToInt(i -> i).max().orElse(1)).load()) {
            for (int i = 0; i < WARM_UPS; i++) {
                measure(loaded, WARM_UP_CALLERS, Math.min(generate, WARM_UP_TOKENS), random);
            }
            for (int count : callers) {
                speeds.add(measure(loaded, count, generate, random));
            }
        }
        print(speeds, System.out);
        return 0;
    }

    private Speed measure(LlamaModel loaded, int count, int tokens, SplittableRandom random)
            throws InterruptedException, ExecutionException {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(random.ints(prompt, 0, loaded.config().vocabularySize()).toArray());
        }
        int eos = loaded.tokenizer().vocabulary().eos();
        long start = System.nanoTime();
        List<Times> times = new ArrayList<>();
        try (ExecutorService threadsOfCallers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Times>> futures = new ArrayList<>();
            for (int[] each : prompts) {
                futures.add(threadsOfCallers.submit(() -> ask(loaded, each, tokens, eos, start)));
            }
            for (Future<Times> future : futures) {
                times.add(future.get());
            }
        }
        double read = times.stream().mapToLong(Times::first).max().orElse(0) / 1e9;
        double firstToken = times.stream().mapToLong(Times::first).min().orElse(0) / 1e9;
        double end = times.stream().mapToLong(Times::last).max().orElse(0) / 1e9;
        return new Speed(count, (double) count * prompt / read, (double) count * tokens / (end - firstToken),
                (double) count * (prompt + tokens) / end);
    }

    private static Times ask(LlamaModel loaded, int[] prompt, int tokens, int eos, long start) {
        GenerationResult result = loaded.generate(prompt).temperature(0).maxTokens(tokens)
                .logitBias(eos, Double.NEGATIVE_INFINITY).result();
        long end = System.nanoTime() - start;
        int length = result.tokens().size();
        if (length != tokens) {
            throw new IllegalStateException(tokens + " tokens were asked for, but " + length + " came");
        }
        return new Times(end - result.timings().generationDuration().toNanos(), end);
    }

    private void print(List<Speed> speeds, PrintStream out) {
        if (json) {
            out.println(speeds.stream().map(speed -> String.format(Locale.ROOT,
                    "{\"callers\":%d,\"promptTokensPerSecond\":%.3f,\"generatedTokensPerSecond\":%.3f,"
                            + "\"tokensPerSecond\":%.3f}",
                    speed.callers, speed.prompt, speed.generated, speed.all)).toList());
            return;
        }
        out.printf(Locale.ROOT, "%s, %d threads, prompts of %d tokens, answers of %d, tokens a second of all callers%n",
                model.getFileName(), threads, prompt, generate);
        out.printf(Locale.ROOT, "%7s %10s %10s %10s%n", "callers", "prompts", "answers", "together");
        for (Speed speed : speeds) {
            out.printf(Locale.ROOT, "%7d %10.2f %10.2f %10.2f%n", speed.callers, speed.prompt, speed.generated,
                    speed.all);
        }
    }
}
