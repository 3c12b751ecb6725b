package dev.cria.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.kernel.KernelChoice.MachineCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelChoiceTest {
    private static final Map<String, String> HOT_SPOT = Map.of("CompilationMode", "default", "MaxVectorSize", "32",
            "TieredStopAtLevel", "4", "UseAVX", "2", "UseCompiler", "true", "UseFMA", "true");

    private static boolean fast() {
        return true;
    }

    private static boolean slow() {
        return false;
    }

    private static boolean notAsked() {
        throw new AssertionError("there is nothing to measure");
    }

    private static JvmFacts jvm(Map<String, String> changed, String... arguments) {
        Map<String, String> options = new HashMap<>(HOT_SPOT);
        options.putAll(changed);
        return new JvmFacts("amd64", "mixed mode, sharing", "25+36-LTS", options, List.of(arguments));
    }

    private static KernelChoice.Choice choose(JvmFacts jvm, BooleanSupplier isFast) {
        return KernelChoice.choose(Optional.empty(), new Obstacles(jvm, true), Optional.empty(), isFast);
    }

    private static KernelChoice.Choice forced(String wanted, JvmFacts jvm, Optional<String> missing) {
        return KernelChoice.choose(Optional.of(wanted), new Obstacles(jvm, true), missing, KernelChoiceTest::notAsked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xmx4g", "-XX:+UseZGC", "-XX:+UnlockExperimentalVMOptions", "-XX:UseAVX=2",
        "-XX:SharedArchiveFile=app.jsa", "-XX:+UseCompressedOops", "-XX:MaxVectorSize=16"})
    void aJvmThatIsKnownToBeFastGetsVectorsWithoutAMeasurement(String argument) {
        KernelChoice.Choice choice = choose(jvm(Map.of(), argument), KernelChoiceTest::notAsked);
        assertThat(choice.vectors()).isTrue();
        assertThat(choice.warning()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:-Inline", "-Xcomp", "-XX:DisableIntrinsic=_VectorBinaryOp",
        "-XX:-EnableVectorReboxing", "-XX:CompileCommand=exclude,dev/cria/*.*", "-XX:Flags=options"})
    void anOptionThatChangesCompilationIsAReasonToMeasure(String argument) {
        assertThat(choose(jvm(Map.of(), argument), KernelChoiceTest::fast).vectors()).isTrue();
        KernelChoice.Choice slow = choose(jvm(Map.of(), "-Dpassword=secret", argument), KernelChoiceTest::slow);
        assertThat(slow.vectors()).isFalse();
        assertThat(slow.warning()).hasValue("Cria uses its plain kernels, which are many times slower than vectors: "
                + "this JVM does not turn them into vector instructions, as a measurement shows (its options are "
                + argument + ")");
    }

    @Test
    void anotherCompilerOrProcessorOrJvmIsMeasured() {
        List<JvmFacts> others = List.of(jvm(Map.of("UseJVMCICompiler", "true")),
                new JvmFacts("amd64", "mixed mode, sharing", "25+37-jvmci-25.0-b01", HOT_SPOT, List.of()),
                new JvmFacts("riscv64", "mixed mode, sharing", "25+36", HOT_SPOT, List.of()),
                new JvmFacts("amd64", "JRE 25 Linux amd64-64-Bit Compressed References", "openj9", Map.of(),
                        List.of()));
        for (JvmFacts jvm : others) {
            assertThat(choose(jvm, KernelChoiceTest::fast).vectors()).isTrue();
            assertThat(choose(jvm, KernelChoiceTest::slow).vectors()).isFalse();
        }
    }

    private static String warning(JvmFacts jvm, boolean fma) {
        KernelChoice.Choice choice = KernelChoice.choose(Optional.empty(), new Obstacles(jvm, fma), Optional.empty(),
                KernelChoiceTest::notAsked);
        assertThat(choice.vectors()).isFalse();
        String start = "Cria uses its plain kernels, which are many times slower than vectors: ";
        assertThat(choice.warning().orElseThrow()).startsWith(start);
        return choice.warning().orElseThrow().substring(start.length());
    }

    @Test
    void theWarningNamesTheReasonAndTheOptionToChange() {
        assertThat(warning(jvm(Map.of("TieredStopAtLevel", "1"), "-XX:TieredStopAtLevel=1"), true))
                .isEqualTo("this JVM compiles without C2 (leave out -XX:TieredStopAtLevel=1)");
        assertThat(warning(jvm(Map.of("CompilationMode", "quick-only"), "-XX:CompilationMode=quick-only"), true))
                .isEqualTo("this JVM compiles without C2 (leave out -XX:CompilationMode=quick-only)");
        assertThat(warning(new JvmFacts("amd64", "interpreted mode, sharing", "25", HOT_SPOT, List.of("-Xint")), true))
                .isEqualTo("this JVM does not compile (leave out -Xint)");
        assertThat(warning(jvm(Map.of("UseCompiler", "false"), "-XX:-UseCompiler"), true))
                .isEqualTo("this JVM does not compile (leave out -XX:-UseCompiler)");
        assertThat(warning(jvm(Map.of("UseFMA", "false"), "-XX:-UseFMA"), false))
                .isEqualTo("there is no fused multiply-add (leave out -XX:-UseFMA)");
        assertThat(warning(jvm(Map.of("UseFMA", "false"), "-XX:UseAVX=0"), false))
                .isEqualTo("there is no fused multiply-add (leave out -XX:UseAVX=0)");
        assertThat(warning(jvm(Map.of("EnableVectorSupport", "false"), "-XX:-EnableVectorSupport"), true))
                .isEqualTo("vectors are not compiled (leave out -XX:-EnableVectorSupport)");
    }

    @Test
    void aJvmThatHidesItsOptionsIsKnownByItsMode() {
        assertThat(warning(new JvmFacts("amd64", "mixed mode, emulated-client, sharing", "25", Map.of(), List.of()),
                true)).isEqualTo(
                        "this JVM compiles without C2 (leave out -XX:TieredStopAtLevel=1, if it is there)");
        assertThat(warning(new JvmFacts("amd64", "interpreted mode", "25", Map.of(), List.of()), true))
                .isEqualTo("this JVM does not compile (leave out -Xint, if it is there)");
    }

    @Test
    void severalReasonsAreOneLine() {
        KernelChoice.Choice choice = KernelChoice.choose(Optional.empty(),
                new Obstacles(jvm(Map.of("TieredStopAtLevel", "1"), "-XX:TieredStopAtLevel=1"), true),
                Optional.of("start the JVM with --add-modules jdk.incubator.vector"), KernelChoiceTest::notAsked);
        assertThat(choice.warning()).hasValue("Cria uses its plain kernels, which are many times slower than vectors: "
                + "this JVM compiles without C2 (leave out -XX:TieredStopAtLevel=1); "
                + "start the JVM with --add-modules jdk.incubator.vector");
    }

    @Test
    void narrowVectorsAreNoVectors() {
        Obstacles obstacles = new Obstacles(jvm(Map.of("MaxVectorSize", "8"), "-XX:MaxVectorSize=8"), true);
        assertThat(obstacles.width(64)).hasValue("vectors have 64 bits (leave out -XX:MaxVectorSize=8)");
        assertThat(obstacles.width(128)).isEmpty();
    }

    @Test
    void theSystemPropertyOverrulesTheChoice() {
        KernelChoice.Choice plain = forced("plain", jvm(Map.of()), Optional.empty());
        assertThat(plain)
                .isEqualTo(new KernelChoice.Choice(false, MachineCode.UNWANTED, Optional.empty(), Optional.empty()));
        KernelChoice.Choice vector = forced("vector", jvm(Map.of()), Optional.empty());
        assertThat(vector)
                .isEqualTo(new KernelChoice.Choice(true, MachineCode.UNWANTED, Optional.empty(), Optional.empty()));
        KernelChoice.Choice slow = forced("vector", jvm(Map.of("TieredStopAtLevel", "1"), "-XX:TieredStopAtLevel=1"),
                Optional.empty());
        assertThat(slow.vectors()).isTrue();
        assertThat(slow.warning()).hasValue("Cria uses its vector kernels because of -Dcria.kernels=vector, which are "
                + "many times slower here than the plain ones: this JVM compiles without C2 "
                + "(leave out -XX:TieredStopAtLevel=1)");
    }

    @Test
    void kernelsThatThereAreNotAreRefused() {
        assertThat(forced("fast", jvm(Map.of()), Optional.empty()).refusal())
                .hasValue("-Dcria.kernels=fast does not name kernels: there are plain, vector and machine");
        assertThat(forced("", jvm(Map.of()), Optional.empty()).refusal())
                .hasValue("-Dcria.kernels= does not name kernels: there are plain, vector and machine");
        assertThat(forced("vector", jvm(Map.of()), Optional.of("start the JVM with --add-modules x")).refusal())
                .hasValue("-Dcria.kernels=vector is not possible: start the JVM with --add-modules x");
    }
}
