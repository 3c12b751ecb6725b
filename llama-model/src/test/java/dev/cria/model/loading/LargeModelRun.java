package dev.cria.model.loading;

import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import dev.cria.quant.QuantType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A Java process of its own, with a heap of the test's choice: loads a model, generates, and says what it took. */
final class LargeModelRun {
    private LargeModelRun() {}

    /** Arguments: the model; how many tokens; the type to quantise to while loading, if any. */
    public static void main(String[] arguments) throws IOException {
        LlamaModel.Builder builder = LlamaModel.builder(Path.of(arguments[0])).contextLength(64);
        if (arguments.length > 2) {
            builder.quantize(QuantType.valueOf(arguments[2]));
        }
        long start = System.nanoTime();
        try (LlamaModel model = builder.load()) {
            double load = (System.nanoTime() - start) / 1e9;
            System.out.printf(Locale.ROOT, "loaded in %.1f s, %s%n", load, memory());
            GenerationResult result = model.generate("a").temperature(0).logitBias(2, -1000.0)
                    .maxTokens(Integer.parseInt(arguments[1])).result();
            System.out.printf(Locale.ROOT, "generated %d tokens in %.1f s, %s%n", result.tokens().size(),
                    (System.nanoTime() - start) / 1e9 - load, memory());
        }
    }

    private static String memory() throws IOException {
        long heap = ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getPeakUsage).mapToLong(usage -> usage.getUsed()).sum();
        String resident = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.matches("(VmHWM|RssAnon|RssFile):.*")).map(line -> line.replaceAll("\\s+", " "))
                .reduce("", (all, line) -> all + ", " + line);
        return "peak heap " + heap / 1_000_000 + " MB" + resident;
    }
}
