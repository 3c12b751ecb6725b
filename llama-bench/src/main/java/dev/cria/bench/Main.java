package dev.cria.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine;

/** The benchmarks as one program. */
@Command(name = "llama-bench", mixinStandardHelpOptions = true, description = "Measures Cria.", subcommands = {
    ModelBenchmark.class, BatchBenchmark.class, LatencyBenchmark.class, KernelsCommand.class, TrainBenchmark.class})
final class Main {
    private Main() {}

    /**
     * Runs a benchmark.
     *
     * @param arguments command and options; see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }
}
