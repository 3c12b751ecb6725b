package dev.cria.cli;

import dev.cria.model.LlamaModel;
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
    private TextOptions options = new TextOptions();

    @Option(names = "--prefix", paramLabel = "TEXT", description = "text before the gap, or - for standard input (default: none)")
    private String prefix = "";

    @Option(names = "--suffix", paramLabel = "TEXT", description = "text after the gap, or - for standard input (default: none)")
    private String suffix = "";

    @Override
    public Integer call() {
        Shell shell = Shell.of(spec);
        String before = shell.in().orText(prefix);
        String after = shell.in().orText(suffix);
        try (LlamaModel llama = model.load(spec)) {
            GenerateCommand.print(options.apply(llama.infill(before, after)), llama, shell);
        }
        return 0;
    }
}
