package dev.cria.cli;

import dev.cria.model.ModelFile;
import dev.cria.quant.QuantMix;
import dev.cria.quant.Quantizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * What {@code quantize} and {@code convert} share: the files and a progress bar in a terminal.
 */
final class FileConversion {
    @Parameters(index = "0", paramLabel = "IN", description = "GGUF file, folder of Hugging Face or Meta, or llama2.c checkpoint")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "GGUF file to write; one that is there is replaced once the new one is complete")
    private Path out = Path.of("");

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private Optional<Integer> threads = Optional.empty();

    void run(Quantizer quantizer, CommandSpec spec) {
        WeightOptions.set(spec, "--threads", threads, quantizer::threads);
        long start = System.nanoTime();
        Quantizer.Result result;
        try (ModelFile model = ModelFile.open(in);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr())) {
            quantizer.progress(new ProgressBar(line));
            result = UnfinishedFiles.interruptible(() -> quantizer.write(model.checkpoint(), out));
        }
        PrintWriter output = spec.commandLine().getOut();
        output.printf(Locale.ROOT, "%s: %s%,d bytes of weights, were %,d; %.2f bits a weight; %.1f s%n", out,
                result.mix().map(QuantMix::name).map(name -> name + ", ").orElse(""), result.bytes(),
                result.sourceBytes(), result.bitsPerWeight(), (System.nanoTime() - start) / 1e9);
        output.flush();
    }
}
