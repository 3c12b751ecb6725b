package dev.cria.bench;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the JMH benchmarks of the kernels and of the tokenizer. */
@Command(name = "kernels", mixinStandardHelpOptions = true, description = "Measures kernels with JMH.")
final class KernelsCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "REGEX", description = "which benchmarks (default: all)")
    private Optional<String> regex = Optional.empty();

    @Option(names = "--type", paramLabel = "TYPE", split = ",", description = "storage formats of the matrix benchmarks")
    private String[] types = {};

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "tokenizer.model, .json or .bin of the tokenizer benchmarks (default: a vocabulary of random words)")
    private Optional<Path> tokenizer = Optional.empty();

    @Override
    public Integer call() throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder().include(regex.orElse("dev\\.cria\\.bench\\..*"));
        if (types.length > 0) {
            options.param("type", types);
        }
        tokenizer.ifPresent(file -> options.param("tokenizer", file.toString()));
        new Runner(options.build()).run();
        return 0;
    }
}
