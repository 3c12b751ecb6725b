package dev.cria.cli;

import dev.cria.quant.Quantizer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Writes a model as GGUF. */
@Command(name = "convert", mixinStandardHelpOptions = true, description = "Writes a model of any layout as one GGUF file, its weights as they are.")
final class ConvertCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private FileConversion conversion = new FileConversion();

    @Override
    public Integer call() {
        conversion.run(Quantizer.keepingTypes(), spec);
        return 0;
    }
}
