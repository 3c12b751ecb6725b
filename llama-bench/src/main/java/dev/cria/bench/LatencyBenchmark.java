package dev.cria.bench;

import dev.cria.model.Generation;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.CancellationToken;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long callers wait for their next token while others generate, and while a long prompt is read; and how long a
 * short request waits for its first one behind that prompt. Through the public API.
 */
@Command(name = "latency", mixinStandardHelpOptions = true, description = "Measures how long callers wait while a long prompt is read.")
final class LatencyBenchmark implements Callable<Integer> {
    private static final int PROMPT_OF_GENERATING = 16;
    private static final int SHORT_PROMPT = 16;
    private static final int SHORT_ANSWER = 16;
    /** Tokens of each that generates before anything is measured, and then until the long prompt comes. */
    private static final int SETTLING = 16;
    private static final int USUAL = 32;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "model")
    private Path model = Path.of("");

    @Option(names = "--callers", paramLabel = "N", defaultValue = "15", description = "callers that generate all the time (default: 15)")
    private int callers;

    @Option(names = "--long", paramLabel = "N", defaultValue = "2000", description = "tokens of the long prompt (default: 2000)")
    private int longPrompt;

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private int threads = Runtime.getRuntime().availableProcessors();

    /** When tokens came, in nanoseconds. */
    private record Tokens(List<Long> times) {
        /** {@return the times between two tokens, the later of which came between two moments} */
        LongStream gaps(long from, long to) {
            return LongStream.range(1, times.size()).filter(i -> times.get((int) i) > from && times.get((int) i) <= to)
                    .map(i -> times.get((int) i) - times.get((int) i - 1));
        }
    }

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        SplittableRandom random = new SplittableRandom(1);
        try (LlamaModel loaded = LlamaModel.builder(model).threads(threads).maxConcurrent(callers + 2)
                .contextLength(longPrompt + 64).load();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            CancellationToken end = new CancellationToken();
            CountDownLatch settled = new CountDownLatch(callers * SETTLING);
            CountDownLatch usual = new CountDownLatch(callers * (SETTLING + USUAL));
            List<Future<Tokens>> generating = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                Generation each = asked(loaded, PROMPT_OF_GENERATING, random).cancelOn(end);
                generating.add(executor.submit(() -> read(each, settled, usual)));
            }
            settled.await();
            long begin = System.nanoTime();
            usual.await();
            long sent = System.nanoTime();
            CountDownLatch nobody = new CountDownLatch(0);
            Generation slow = asked(loaded, longPrompt, random).maxTokens(1);
            Future<Tokens> ofLong = executor.submit(() -> read(slow, nobody, nobody));
            TimeUnit.MILLISECONDS.sleep(1);
            long sentShort = System.nanoTime();
            Generation quick = asked(loaded, SHORT_PROMPT, random).maxTokens(SHORT_ANSWER);
            Tokens ofShort = executor.submit(() -> read(quick, nobody, nobody)).get();
            long read = ofLong.get().times.getFirst();
            end.cancel();
            List<Tokens> others = new ArrayList<>();
            for (Future<Tokens> each : generating) {
                others.add(each.get());
            }
            print(System.out, gaps(others, begin, sent), gaps(others, sent, read),
                    ofShort.times.getFirst() - sentShort, read - sent);
        }
        return 0;
    }

    private static Generation asked(LlamaModel loaded, int tokens, SplittableRandom random) {
        int[] prompt = random.ints(tokens, 0, loaded.config().vocabularySize()).toArray();
        return loaded.generate(prompt).temperature(0).logitBias(loaded.tokenizer().vocabulary().eos(),
                Double.NEGATIVE_INFINITY);
    }

    private static Tokens read(Generation generation, CountDownLatch settled, CountDownLatch usual) {
        List<Long> times = new ArrayList<>();
        generation.forEach(_ -> {
            times.add(System.nanoTime());
            settled.countDown();
            usual.countDown();
        });
        return new Tokens(times);
    }

    private static long[] gaps(List<Tokens> others, long from, long to) {
        return others.stream().flatMapToLong(each -> each.gaps(from, to)).sorted().toArray();
    }

    private void print(PrintStream out, long[] usual, long[] during, long first, long read) {
        out.printf(Locale.ROOT, "%s, %d threads, %d callers generate, a prompt of %d tokens and a short one come%n",
                model.getFileName(), threads, callers, longPrompt);
        out.printf(Locale.ROOT, "%-44s %9s %9s %9s%n", "milliseconds", "median", "99 %", "longest");
        row(out, "between two tokens of the others, before", usual);
        row(out, "between two tokens of the others, meanwhile", during);
        out.printf(Locale.ROOT, "%-44s %9.1f%n", "first token of the short request", first / 1e6);
        out.printf(Locale.ROOT, "%-44s %9.1f%n", "first token of the long prompt", read / 1e6);
    }

    private static void row(PrintStream out, String name, long[] sorted) {
        out.printf(Locale.ROOT, "%-44s %9.1f %9.1f %9.1f%n", name, sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6, sorted[sorted.length - 1] / 1e6);
    }
}
