package dev.cria.cli;

import dev.cria.model.ModelFile;
import dev.cria.quant.QuantMix;
import dev.cria.quant.Quantizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * What {@code quantize} and {@code convert} share: the files, a progress bar in a terminal, and an end by Ctrl-C that
 * leaves no file.
 */
final class FileConversion {
    /** How long the end of the program waits until the unfinished file has been removed. */
    private static final int SECONDS_TO_CLEAN_UP = 30;

    @Parameters(index = "0", paramLabel = "IN", description = "GGUF file, folder of Hugging Face or Meta, or llama2.c checkpoint")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "GGUF file to write; one that is there is replaced once the new one is complete")
    private Path out = Path.of("");

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute (default: all processors)")
    private Optional<Integer> threads = Optional.empty();

    void run(Quantizer quantizer, CommandSpec spec) {
        try {
            threads.ifPresent(quantizer::threads);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        long start = System.nanoTime();
        Quantizer.Result result;
        try (ModelFile model = ModelFile.open(in);
                ProgressLine line = new ProgressLine(spec.commandLine().getErr())) {
            quantizer.progress(new ProgressBar(line));
            result = interruptibly(() -> quantizer.write(model.checkpoint(), out));
        }
        PrintWriter output = spec.commandLine().getOut();
        output.printf(Locale.ROOT, "%s: %s%,d bytes of weights, were %,d; %.2f bits a weight; %.1f s%n", out,
                result.mix().map(QuantMix::name).map(name -> name + ", ").orElse(""), result.bytes(),
                result.sourceBytes(), result.bitsPerWeight(), (System.nanoTime() - start) / 1e9);
        output.flush();
    }

    /** Runs something that ends when its thread is interrupted, and lets Ctrl-C do that. */
    private static Quantizer.Result interruptibly(Supplier<Quantizer.Result> work) {
        Thread worker = Thread.currentThread();
        CountDownLatch finished = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            worker.interrupt();
            try {
                finished.await(SECONDS_TO_CLEAN_UP, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "cria-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.get();
        } finally {
            finished.countDown();
            removeHook(hook);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the program is ending, and it was the hook that ended the work
        }
    }
}
