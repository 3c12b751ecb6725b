package dev.cria.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The oldest and the newest JUnit with which Cria's extension works, each in a JVM of its own. The build copies them to
 * {@code target/junit-versions}.
 */
class JUnitVersionsTest {
    private static final Path VERSIONS = Path.of("target/junit-versions");
    private static final Pattern JUNIT = Pattern.compile("(junit-|opentest4j|apiguardian|open-test-reporting|jqwik).*");

    @TempDir
    private Path folder;

    private static List<Path> versions() throws IOException {
        assertThat(VERSIONS).as("the build makes this folder: mvn process-test-resources -pl llama-junit")
                .isDirectory();
        try (Stream<Path> files = Files.list(VERSIONS)) {
            return files.sorted().toList();
        }
    }

    private static String withoutJUnit(String classPath) {
        return Stream.of(classPath.split(Pattern.quote(File.pathSeparator)))
                .filter(entry -> !JUNIT.matcher(Path.of(entry).getFileName().toString()).matches())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private Process start(Path junit, Path model, Path output) throws IOException {
        String name = junit.getFileName().toString();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "-Xmx256m", "-cp",
                junit + File.pathSeparator + withoutJUnit(System.getProperty("java.class.path")),
                JUnitVersionRun.class.getName(), model.toString(), folder.toString(), name));
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    /** They run at once, as the forks of a build do. */
    @Test
    void recordIntoOneTranscriptCloseModelsAndShowWhatWasAsked() throws IOException, InterruptedException {
        Path model = new BigramModel().after("]", "\u2581Yes", 0.5).after("]", "\u2581No", 0.5)
                .write(folder.resolve("model.gguf"));
        Map<Path, Process> runs = new LinkedHashMap<>();
        for (Path junit : versions()) {
            runs.put(junit.getFileName(), start(junit, model, folder.resolve(junit.getFileName() + ".txt")));
        }
        assertThat(runs).hasSizeGreaterThanOrEqualTo(2);
        for (Map.Entry<Path, Process> run : runs.entrySet()) {
            assertThat(run.getValue().waitFor()).as(() -> output(run.getKey())).isZero();
            assertThat(output(run.getKey())).contains("all is well with " + run.getKey());
        }
        assertThat(folder.resolve("shared.jsonl")).content()
                .contains(runs.keySet().stream().map(name -> "[INST] " + name + " [/INST]").toList());
    }

    private String output(Path version) {
        try {
            return Files.readString(folder.resolve(version + ".txt"));
        } catch (IOException e) {
            throw new AssertionError("the run with " + version + " wrote nothing", e);
        }
    }
}
