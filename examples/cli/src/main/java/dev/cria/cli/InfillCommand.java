package dev.cria.cli;

import dev.cria.model.Generation;
import dev.cria.model.LlamaModel;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fills a gap in a text. */
@Command(name = "infill", mixinStandardHelpOptions = true, description = "Fills the gap between two texts, with a model that was taught it, such as Code Llama 7B.")
final class InfillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ModelOptions.Sampling sampling = new ModelOptions.Sampling();

    @Option(names = "--prefix", paramLabel = "TEXT", description = "text before the gap (default: none)")
    private String prefix = "";

    @Option(names = "--suffix", paramLabel = "TEXT", description = "text after the gap (default: none)")
    private String suffix = "";

    @Override
    public Integer call() {
        try (LlamaModel llama = model.load(spec)) {
            PrintWriter out = spec.commandLine().getOut();
            Generation generation = sampling.apply(llama.infill(prefix, suffix), spec);
            generation.forEach(piece -> {
                out.print(piece);
                out.flush();
            });
            out.println();
            out.flush();
        }
        return 0;
    }
}
