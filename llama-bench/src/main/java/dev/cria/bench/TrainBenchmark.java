package dev.cria.bench;

import dev.cria.model.config.ModelConfig;
import dev.cria.train.ExampleSource;
import dev.cria.train.Trainer;
import dev.cria.train.TrainingExample;
import dev.cria.train.TrainingSettings;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The speed of a training step, and what share of the processor's floating-point peak it is. */
@Command(name = "train", mixinStandardHelpOptions = true, description = "Measures training steps of a model of 10 million parameters.")
final class TrainBenchmark implements Callable<Integer> {
    private static final ModelConfig CONFIG = new ModelConfig("10M", 320, 8, 10, 2, 32, 864, 4096, 512, 1e-5f, 10_000f,
            1f);
    private static final int BATCH = 4096;
    private static final int DOCUMENT = 256;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--threads", paramLabel = "N", description = "threads (default: all processors)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--warm-ups", paramLabel = "N", defaultValue = "8", description = "steps before those that count (default: 8)")
    private int warmUps;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "8", description = "steps that count (default: 8)")
    private int steps;

    @Override
    public Integer call() {
        double peak = FmaPeak.measure(threads);
        double[] seconds = new double[steps];
        long parameters;
        try (Trainer trainer = Trainer.builder(CONFIG, examples()).threads(threads)
                .settings(TrainingSettings.defaults().withBatch(BATCH, 1)).build()) {
            parameters = trainer.parameterCount();
            trainer.train(warmUps);
            for (int i = 0; i < steps; i++) {
                long start = System.nanoTime();
                trainer.train(1);
                seconds[i] = (System.nanoTime() - start) * 1e-9;
            }
        }
        Arrays.sort(seconds);
        double median = (seconds[(steps - 1) / 2] + seconds[steps / 2]) / 2;
        double speed = BATCH * operationsPerToken() / median;
        spec.commandLine().getOut().println(String.format(Locale.ROOT,
                "%d parameters, %d tokens a step, %d threads: %.3f s, %.0f tokens/s, %.1f GFLOP/s of a peak of %.1f: %.1f %%",
                parameters, BATCH, threads, median, BATCH / median, speed * 1e-9, peak * 1e-9, 100 * speed / peak));
        return 0;
    }

    /** Documents that fill a batch to the last row, every token learnt. */
    private static ExampleSource examples() {
        return number -> {
            SplittableRandom random = new SplittableRandom(number);
            boolean[] learnt = new boolean[DOCUMENT + 1];
            Arrays.fill(learnt, true);
            return new TrainingExample(random.ints(DOCUMENT + 1L, 0, CONFIG.vocabularySize()).toArray(), learnt);
        };
    }

    /**
     * What has to be computed, not what is: a product forward and two backward for each matrix, and for attention two
     * forward and four backward with half of the document on average. That scores are computed a second time does not
     * count.
     */
    private static double operationsPerToken() {
        double dim = CONFIG.embeddingLength();
        double block = dim * (2.0 * CONFIG.queryLength() + 2.0 * CONFIG.kvLength() + 3.0 * CONFIG.feedForwardLength());
        double attention = 6.0 * 2 * CONFIG.queryLength() * (DOCUMENT + 1) / 2;
        return CONFIG.layers() * (6 * block + attention) + 6 * dim * CONFIG.vocabularySize();
    }
}
