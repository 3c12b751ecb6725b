package dev.cria.bench;

import dev.cria.core.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Unmatched;
import picocli.CommandLine;

/** Runs the JMH benchmarks of the kernels and of the tokenizer. What is not an option of ours is for JMH. */
@Command(name = "kernels", mixinStandardHelpOptions = true, description = {"Measures kernels with JMH.",
    "REGEX says which benchmarks (default: all).", "Flags of the JVM go before -jar."}, customSynopsis = {
        "llama-bench kernels [--type TYPE[,TYPE...]] [--tokenizer FILE]",
        "                    [JMH's options] [REGEX...]",
        ""}, footer = {"%nJMH's own options are passed on, such as",
            "  -wi 1 -i 3 -f 1     rounds of warming up, rounds measured, JVMs",
            "  -w 1 -r 1           seconds of a round of warming up, and of one measured",
            "  -p threads=1        another value of a parameter of the benchmarks",
            "  -prof gc            a profiler (-lprof lists them)",
            "  -rf json -rff FILE  the results as a file",
            "  -l, -lp             lists the benchmarks, -lp with their parameters",
            "  -- -h               says them all"})
final class KernelsCommand implements Callable<Integer> {
    @Option(names = "--type", paramLabel = "TYPE", split = ",", description = "storage formats of the matrix benchmarks")
    private String[] types = {};

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "tokenizer.model, .json or .bin of the tokenizer benchmarks (default: a vocabulary of random words)")
    private Optional<Path> tokenizer = Optional.empty();

    @Unmatched
    private List<String> forJmh = new ArrayList<>();

    @Override
    public Integer call() throws IOException, RunnerException {
        CommandLineOptions jmh;
        try {
            jmh = new CommandLineOptions(forJmh.toArray(String[]::new));
        } catch (CommandLineOptionException e) {
            throw new ParameterException(new CommandLine(this), e.getMessage(), e);
        }
        ChainedOptionsBuilder options = new OptionsBuilder().parent(jmh);
        if (types.length > 0) {
            options.param("type", types);
        }
        if (!jmh.getParameter("kernels").hasValue()) {
            options.param("kernels", Kernels.all().reversed().stream().map(kernels -> kernels.name().split("-", 2)[0])
                    .toArray(String[]::new));
        }
        tokenizer.ifPresent(file -> options.param("tokenizer", file.toString()));
        Runner runner = new Runner(options.build());
        if (jmh.shouldHelp()) {
            jmh.showHelp();
        } else if (jmh.shouldList()) {
            runner.list();
        } else if (jmh.shouldListWithParams()) {
            runner.listWithParams(jmh);
        } else if (jmh.shouldListProfilers()) {
            jmh.listProfilers();
        } else if (jmh.shouldListResultFormats()) {
            jmh.listResultFormats();
        } else {
            runner.run().forEach(KernelsCommand::printRates);
        }
        return 0;
    }

    /** What JMH calls operations of {@link Counted} a second, by its name. */
    private static void printRates(RunResult result) {
        BenchmarkParams benchmark = result.getParams();
        String parameters = benchmark.getParamsKeys().stream().map(benchmark::getParam)
                .collect(Collectors.joining(" "));
        result.getSecondaryResults().forEach((name, rate) -> {
            if (rate.getScore() > 0) {
                unit(name).ifPresent(unit -> System.out.printf("%-48s %8.2f %s%n",
                        shortName(benchmark) + " " + parameters, rate.getScore(), unit));
            }
        });
    }

    private static String shortName(BenchmarkParams benchmark) {
        String name = benchmark.getBenchmark();
        return name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    }

    private static Optional<String> unit(String counter) {
        return switch (counter) {
            case "gigabytes" -> Optional.of("GB/s");
            case "gigaflops" -> Optional.of("GFLOP/s");
            default -> Optional.empty();
        };
    }
}
