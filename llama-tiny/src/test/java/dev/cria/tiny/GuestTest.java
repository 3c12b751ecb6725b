package dev.cria.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import app.CrampedApplication;
import app.ForgetfulApplication;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What Cria leaves of itself in the JVM of an application, which is one of its own here. */
class GuestTest {
    private static List<String> run(Class<?> application, String memory) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", memory, "-cp",
                System.getProperty("java.class.path"), application.getName()).redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                .toList();
        assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
        return lines;
    }

    @Test
    void modelsThatNobodyCanReachAreFreedWithOneWarningAndOthersAreKept() throws Exception {
        List<String> lines = run(ForgetfulApplication.class, "-Xmx512m");
        assertThat(lines).contains("nothing is left", "what is used is kept: 3");
        assertThat(lines.stream().filter(line -> line.contains("was never closed"))).singleElement().asString()
                .contains("The model ", ".gguf")
                .contains("loaded at app.ForgetfulApplication.use(ForgetfulApplication.java:");
    }

    @Test
    void aModelAnswersAsBeforeAfterMemoryDidNotSuffice() throws Exception {
        assertThat(run(CrampedApplication.class, "-Xmx120m")).contains("there was no room", "equal answers: 10");
    }
}
