package dev.cria.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script beside this module's POM: which JDK it takes, and how it starts the program. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final Path JDK = Path.of(System.getProperty("java.home"));

    @TempDir
    private Path folder = Path.of("");
    private Path script = Path.of("");
    private Path jar = Path.of("");
    private Path old = Path.of("");

    /** Stands in the jar for the program, and tells how it was started. */
    static final class Started {
        private Started() {}

        public static void main(String[] arguments) {
            System.out.println(System.getProperty("java.home") + " "
                    + ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() + " "
                    + Started.class.getModule().isNativeAccessEnabled() + " "
                    + System.getProperty("cria.test", "unset") + " " + List.of(arguments));
        }
    }

    private record Run(int exitStatus, String output) {}

    @BeforeEach
    void prepare() throws IOException {
        folder = folder.toRealPath();
        script = folder.resolve("a folder/cria");
        jar = folder.resolve("a folder/target/cria.jar");
        Files.createDirectories(folder.resolve("a folder/target"));
        Files.copy(Path.of("cria"), script);
        assertThat(script.toFile().setExecutable(true)).isTrue();
        old = folder.resolve("jdk-17");
        Files.createDirectories(old.resolve("bin"));
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
        Files.writeString(old.resolve("bin/java"), "#!/bin/sh\necho Java 17 was taken\n");
        assertThat(old.resolve("bin/java").toFile().setExecutable(true)).isTrue();
    }

    private void makeJar() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Started.class.getName());
        String entry = Started.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream bytes = Objects.requireNonNull(Started.class.getResourceAsStream("/" + entry))) {
            out.putNextEntry(new ZipEntry(entry));
            out.write(bytes.readAllBytes());
        }
    }

    /** Runs it in another folder, with Java 17 first on the path, and these variables. */
    private Run run(Path command, Map<String, String> variables, String... arguments)
            throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line).directory(old.toFile()).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeAll(List.of("JAVA25_HOME", "JAVA_HOME", "CRIA_JAVA_OPTS"));
        environment.put("PATH", old.resolve("bin") + ":" + environment.get("PATH"));
        environment.putAll(variables);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(),
                output.replace("WARNING: Using incubator modules: jdk.incubator.vector\n", ""));
    }

    @Test
    void takesTheJdkThatIsNamedAndPassesArgumentsOn() throws IOException, InterruptedException {
        makeJar();
        assertThat(run(script, Map.of("JAVA25_HOME", JDK.toString()), "generate", "--prompt", "two words"))
                .isEqualTo(new Run(0, JDK + " true true unset [generate, --prompt, two words]\n"));
    }

    @Test
    void passesOverAnOldJdk() throws IOException, InterruptedException {
        makeJar();
        assertThat(run(script, Map.of("JAVA25_HOME", old.toString(), "JAVA_HOME", JDK.toString())))
                .isEqualTo(new Run(0, JDK + " true true unset []\n"));
    }

    @Test
    void isFoundThroughLinks() throws IOException, InterruptedException {
        makeJar();
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("first"), script);
        Files.createSymbolicLink(bin.resolve("cria"), Path.of("first"));
        assertThat(run(bin.resolve("cria"), Map.of("JAVA_HOME", JDK.toString())).exitStatus()).isZero();
    }

    @Test
    void takesMoreFlagsFromAVariable() throws IOException, InterruptedException {
        makeJar();
        assertThat(run(script, Map.of("JAVA_HOME", JDK.toString(), "CRIA_JAVA_OPTS", "-Xmx64m -Dcria.test=set")))
                .isEqualTo(new Run(0, JDK + " true true set []\n"));
    }

    @Test
    void saysHowToBuildAMissingJar() throws IOException, InterruptedException {
        assertThat(run(script, Map.of())).isEqualTo(new Run(1, "cria: there is no " + jar
                + ": build it in Cria's folder with: mvn -q package -Dquickly\n"));
    }
}
