package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.code_intelligence.jazzer.Jazzer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Jazzer invents files, led by the branches that they reach. With little memory, so that a file that asks for much is a
 * finding; so is one that takes minutes. What it finds is kept in {@code target/fuzz}; the input becomes a test here
 * once it is mended.
 *
 * <p>Longer, reader by reader: {@code -Dtest=ReadersFuzzTest -Dgroups=slow -DexcludedGroups= -Dcria.fuzz.seconds=150}.
 */
class ReadersFuzzTest {
    /** Some seconds' worth. A number, because a busy machine tries less in a given time. */
    private static final int RUNS = 2000;
    /**
     * For each of them, in seconds: far more than any takes on a busy machine, so that only one without end is found.
     */
    private static final int LONGEST_RUN = 300;
    private static final int LONGEST_INPUT = 200_000;

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @EnumSource
    void everyReaderSucceedsWithTheContentsThatFuzzingBeginsWith(FuzzedReader reader) throws IOException {
        for (byte[] content : reader.prepare(folder)) {
            reader.write(folder.resolve(reader.fileName()), content);
            assertThatCode(() -> reader.open(folder)).doesNotThrowAnyException();
        }
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void readersTakeOrRefuseWhatIsInvented() throws IOException, InterruptedException {
        fuzz(List.of(FuzzedReader.values()), "-runs=" + RUNS, 1);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource
    void eachReaderTakesOrRefusesWhatIsInventedForMinutes(FuzzedReader reader)
            throws IOException, InterruptedException {
        String statistics = fuzz(List.of(reader),
                "-max_total_time=" + Integer.getInteger("cria.fuzz.seconds", 150), 0);
        System.out.println(reader + ": " + statistics);
    }

    /**
     * Runs Jazzer and answers its last words: inputs, branches reached, inputs per second. Seed 0 is another one each
     * time.
     */
    private String fuzz(List<FuzzedReader> readers, String end, int seed) throws IOException, InterruptedException {
        Path seeds = Files.createDirectories(folder.resolve("seeds"));
        ReaderFuzzer.writeSeeds(Files.createDirectories(folder.resolve("seeded")), seeds, readers);
        Path findings = Files.createDirectories(Path.of("target/fuzz").toAbsolutePath());
        Path log = findings.resolve(readers.size() == 1 ? readers.getFirst() + ".log" : "all.log");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-Xmx256m", "-XX:MaxDirectMemorySize=64m", "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                "-D" + ReaderFuzzer.FOLDER + "=" + folder));
        if (readers.size() == 1) {
            command.add("-D" + ReaderFuzzer.READER + "=" + readers.getFirst());
        }
        command.addAll(List.of(Jazzer.class.getName(), "--target_class=" + ReaderFuzzer.class.getName(),
                "--instrumentation_includes=dev.cria.**",
                "--instrumentation_excludes=dev.cria.core.**:dev.cria.quant.packed.**:dev.cria.quant.block.**:"
                        + "dev.cria.model.transformer.**:dev.cria.model.loading.RandomLlama*",
                "--reproducer_path=" + findings, "-artifact_prefix=" + findings + "/", end, "-seed=" + seed,
                "-max_len=" + LONGEST_INPUT, "-timeout=" + LONGEST_RUN, "-rss_limit_mb=0", seeds.toString()));

        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            process.waitFor();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(() -> "what Jazzer says:\n" + tail(log)).isZero();
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            Optional<String> done = lines.filter(line -> line.contains("\tDONE ")).findFirst();
            // if it had not come this far, nothing would have been tried
            return done.orElseThrow(() -> new AssertionError("Jazzer did not say that it is done:\n" + tail(log)));
        }
    }

    private static String tail(Path log) {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
            List<String> kept = lines.filter(line -> !line.startsWith("INFO: ") && !line.startsWith("#")).toList();
            return String.join("\n", kept.subList(Math.max(0, kept.size() - 60), kept.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
