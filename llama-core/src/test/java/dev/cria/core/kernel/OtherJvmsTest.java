package dev.cria.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.machine.MachineKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The choice of kernels in JVMs that are started with other options. */
class OtherJvmsTest {
    private static final String VECTORS = "--add-modules jdk.incubator.vector ";

    /** Prints the kernels, or why there are none. */
    static final class Program {
        public static void main(String[] arguments) {
            try {
                System.out.println("kernels: " + Kernels.best().name());
            } catch (CriaException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    private static List<String> run(String options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options.trim().split(" +")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                .toList();
        assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
        return lines;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "-XX:TieredStopAtLevel=1 | this JVM compiles without C2 (leave out -XX:TieredStopAtLevel=1)",
        "-XX:TieredStopAtLevel=3 | this JVM compiles without C2 (leave out -XX:TieredStopAtLevel=3)",
        "-Xint | this JVM does not compile (leave out -Xint)",
        "-XX:-UseFMA | there is no fused multiply-add (leave out -XX:-UseFMA)",
        "-XX:+UnlockExperimentalVMOptions -XX:-EnableVectorSupport "
                + "| vectors are not compiled (leave out -XX:-EnableVectorSupport)",
        "-XX:MaxVectorSize=8 | vectors have 64 bits (leave out -XX:MaxVectorSize=8)",
        "-XX:-Inline | this JVM does not turn them into vector instructions, as a measurement shows "
                + "(its options are -XX:-Inline)",
        "--limit-modules=java.base,java.logging,jdk.incubator.vector -XX:TieredStopAtLevel=1 "
                + "| this JVM compiles without C2 (leave out -XX:TieredStopAtLevel=1, if it is there)"})
    void aJvmWithoutFastVectorsGetsPlainKernelsAndOneWarning(String options, String reason) throws Exception {
        List<String> lines = run(VECTORS + options);
        assertThat(lines).contains("kernels: plain");
        assertThat(lines.stream().filter(line -> line.contains("Cria uses")))
                .containsExactly("WARNING: Cria uses its plain kernels, which are many times slower than vectors: "
                        + reason);
    }

    @ParameterizedTest
    @CsvSource({"-Xmx64m", "-XX:+UseSerialGC", "-XX:MaxVectorSize=16"})
    void anOrdinaryJvmGetsVectorsAndNoWarning(String options) throws Exception {
        assertThat(run(VECTORS + options)).noneMatch(line -> line.contains("Cria uses"))
                .anyMatch(line -> line.startsWith("kernels: vector-"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "-Xmx64m | kernels: plain",
        "-Dcria.kernels=plain | kernels: plain",
        "-Dcria.kernels=vector | refused: -Dcria.kernels=vector is not possible: "
                + "start the JVM with --add-modules jdk.incubator.vector",
        "-Dcria.kernels=avx | refused: -Dcria.kernels=avx does not name kernels: there are plain, vector and machine"})
    void aJvmWithoutTheModuleHasPlainKernels(String options, String expected) throws Exception {
        assertThat(run(options)).contains(expected);
    }

    static boolean runsMachineCode() {
        return Kernels.best() instanceof MachineKernels;
    }

    @ParameterizedTest
    @EnabledIf(value = "runsMachineCode", disabledReason = "machine code needs Linux on x86-64 with AVX2")
    @CsvSource(delimiter = '|', value = {
        "--enable-native-access=ALL-UNNAMED | machine-avx2 with vector-",
        "--enable-native-access=ALL-UNNAMED -Dcria.kernels=machine | machine-avx2 with vector-",
        "--enable-native-access=ALL-UNNAMED -Dcria.kernels=vector | vector-",
        "--enable-native-access=ALL-UNNAMED -Dcria.kernels=plain | plain",
        "--enable-native-access=ALL-UNNAMED -XX:UseAVX=2 | machine-avx2 with vector-256",
        "--illegal-native-access=deny | vector-",
        "-Xmx64m | vector-"})
    void machineCodeRunsWhereNativeAccessIsEnabledAndNobodyIsWarned(String options, String kernels) throws Exception {
        List<String> lines = run(VECTORS + options);
        assertThat(lines).hasSize(2).first().isEqualTo("WARNING: Using incubator modules: jdk.incubator.vector");
        assertThat(lines.getLast()).startsWith("kernels: " + kernels);
    }

    @ParameterizedTest
    @EnabledIf(value = "runsMachineCode", disabledReason = "machine code needs Linux on x86-64 with AVX2")
    @ValueSource(strings = {"-XX:TieredStopAtLevel=1", "-Xint", "-XX:-UseFMA"})
    void machineCodeNeedsNoCompiler(String options) throws Exception {
        List<String> lines = run(VECTORS + "--enable-native-access=ALL-UNNAMED " + options);
        assertThat(lines).contains("kernels: machine-avx2 with plain")
                .anyMatch(line -> line.startsWith("WARNING: Cria uses its plain kernels, which"));
    }

    @ParameterizedTest
    @EnabledIf(value = "runsMachineCode", disabledReason = "machine code needs Linux on x86-64 with AVX2")
    @CsvSource(delimiter = '|', value = {
        "-Xmx64m | start the JVM with --enable-native-access=ALL-UNNAMED",
        "--illegal-native-access=deny | start the JVM with --enable-native-access=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED -XX:UseAVX=1 | UseAVX is 1 (leave out -XX:UseAVX=1)",
        "--enable-native-access=ALL-UNNAMED -Dos.name=Windows | "
                + "on Windows Cria cannot make memory executable yet",
        "--enable-native-access=ALL-UNNAMED -Dos.arch=aarch64 | there is none for processors of the kind aarch64"})
    void machineCodeThatIsAskedForAndCannotRunIsRefused(String options, String reason) throws Exception {
        assertThat(run(VECTORS + "-Dcria.kernels=machine " + options))
                .contains("refused: -Dcria.kernels=machine is not possible: " + reason);
    }
}
