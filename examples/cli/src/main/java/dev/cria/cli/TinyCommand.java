package dev.cria.cli;

import dev.cria.tiny.TinyLlama;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The tiny model for other programs. */
@Command(name = "tiny", mixinStandardHelpOptions = true, description = "Writes out the tiny model that comes with cria.")
final class TinyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--export", required = true, paramLabel = "FILE", description = "GGUF file to write")
    private Path file = Path.of("");

    @Override
    public Integer call() {
        UnfinishedFiles.interruptible(() -> {
            TinyLlama.export(file);
            return file;
        });
        spec.commandLine().getOut().println(file);
        return 0;
    }
}
