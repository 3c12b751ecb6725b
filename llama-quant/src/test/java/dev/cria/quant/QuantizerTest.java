package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.cria.core.CriaException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Quantised files are those that llama.cpp writes, byte for byte, and there is either a whole one or none. */
class QuantizerTest {
    @TempDir
    private Path folder;

    private static Checkpoint open(Path file) {
        return Checkpoint.of(GgufFile.open(file));
    }

    /** A file with one matrix of F32 weights. */
    private Path matrix(String name, int columns, float... weights) {
        Path file = folder.resolve(name);
        try (GgufWriter writer = GgufWriter.create(file)) {
            writer.string("general.architecture", "llama").string("general.name", "a matrix")
                    .strings("texts", List.of("a", "b")).integer("wide", GgufType.UINT64, 1L << 40)
                    .tensor("some.weight", QuantType.F32, columns, weights.length / columns);
            writer.encode("some.weight", weights);
            writer.finish();
        }
        return file;
    }

    private static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @NeedsFixtures
    @ParameterizedTest
    @CsvSource({"Q4_K_M, Q4_K_M, false", "Q4_0, Q4_0, true", "Q4_1, Q4_1, true", "Q5_0, Q5_0, true",
        "Q5_1, Q5_1, true", "Q8_0, Q8_0, true", "Q2_K, Q2_K, true", "Q3_K_M, Q3_K, true", "Q4_K_M, Q4_K, true",
        "Q5_K_M, Q5_K, true", "Q6_K, Q6_K, true", "IQ4_NL, IQ4_NL, true", "IQ4_XS, IQ4_XS, true", "F16, F16, true",
        "BF16, BF16, true"})
    void writesTheFileThatLlamaCppWrites(QuantMix mix, String golden, boolean pure, Fixtures fixtures)
            throws IOException {
        Path target = folder.resolve("out.gguf");
        try (Checkpoint source = open(fixtures.path("logits/random-F32.gguf"))) {
            Quantizer.Result result = Quantizer.to(mix).pure(pure).write(source, target);
            assertThat(result.mix()).contains(mix);
            assertThat(result.weights()).isEqualTo(1_377_536);
        }
        assertThat(Files.mismatch(target, fixtures.path("logits/random-" + golden + ".gguf"))).isEqualTo(-1);
        try (Checkpoint written = open(target)) {
            assertThat(QuantMix.of(written)).contains(mix);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theFileIsTheSameForAnyNumberOfThreads(QuantMix mix) throws IOException {
        // rows of several pieces, and a last piece that is shorter
        Path file = matrix("in.gguf", 512, random(512 * 1100, 3));
        for (int threads : new int[]{1, 3}) {
            try (Checkpoint source = open(file)) {
                Quantizer.to(mix).threads(threads).write(source, folder.resolve(threads + ".gguf"));
            }
        }
        assertThat(Files.mismatch(folder.resolve("1.gguf"), folder.resolve("3.gguf"))).isEqualTo(-1);
        assertThat(names()).containsExactly("1.gguf", "3.gguf", "in.gguf");
    }

    @Test
    void carriesAllMetadataOver() {
        Path file = matrix("in.gguf", 32, random(64, 1));
        try (Checkpoint source = open(file)) {
            Quantizer.to(QuantMix.Q8_0).write(source, folder.resolve("out.gguf"));
        }
        try (GgufFile out = GgufFile.open(folder.resolve("out.gguf"))) {
            GgufMetadata metadata = out.metadata();
            assertThat(metadata.asMap().keySet()).containsExactly("general.architecture", "general.name", "texts",
                    "wide", "general.quantization_version", "general.file_type");
            assertThat(metadata.integer("wide")).hasValue(1L << 40);
            assertThat(metadata.type("wide")).contains(GgufType.UINT64);
            assertThat(metadata.integer("general.file_type")).hasValue(7);
            assertThat(metadata.integer("general.quantization_version")).hasValue(2);
        }
    }

    @Test
    void keepsTypesWhereNoMixIsAskedFor() {
        Path file = matrix("in.gguf", 32, random(64, 1));
        Path half = folder.resolve("half.gguf");
        try (Checkpoint source = open(file)) {
            Quantizer.to(QuantMix.F16).write(source, half);
        }
        try (Checkpoint source = open(half)) {
            Quantizer.Result result = Quantizer.keepingTypes().write(source, folder.resolve("copy.gguf"));
            assertThat(result.types().values()).containsExactly(QuantType.F16);
            assertThat(result.mix()).contains(QuantMix.F16);
            assertThat(folder.resolve("copy.gguf")).hasSameBinaryContentAs(half);
        }
    }

    @Test
    void saysHowFarItIs() {
        Path file = matrix("in.gguf", 256, random(256 * 3000, 5));
        List<Long> reports = new ArrayList<>();
        try (Checkpoint source = open(file)) {
            Quantizer.to(QuantMix.Q8_0).threads(2).progress((done, total) -> {
                assertThat(total).isEqualTo(256 * 3000);
                reports.add(done);
            }).write(source, folder.resolve("out.gguf"));
        }
        assertThat(reports).hasSize(3).isSorted().endsWith(256L * 3000);
    }

    @Test
    void refusesToWriteOverWhatItReads() throws IOException {
        Path file = matrix("in.gguf", 32, random(64, 1));
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), file);
        try (Checkpoint source = open(file)) {
            for (Path target : List.of(file, link, folder.resolve(".").resolve("in.gguf"))) {
                assertThatThrownBy(() -> Quantizer.to(QuantMix.Q8_0).write(source, target))
                        .isInstanceOf(CriaException.class)
                        .hasMessage("cannot write " + target + ": it is the model that is read");
            }
        }
        assertThat(names()).containsExactly("in.gguf", "link.gguf");
    }

    @Test
    void requantisesOnlyWhenAskedTo() {
        Path file = matrix("in.gguf", 32, random(64, 1));
        Path q8 = folder.resolve("q8.gguf");
        Path q4 = folder.resolve("q4.gguf");
        try (Checkpoint source = open(file)) {
            Quantizer.to(QuantMix.Q8_0).write(source, q8);
        }
        try (Checkpoint source = open(q8)) {
            assertThatThrownBy(() -> Quantizer.to(QuantMix.Q4_0).write(source, q4)).isInstanceOf(CriaException.class)
                    .hasMessage(q8 + ": cannot turn tensor some.weight into Q4_0: it is quantised already, as Q8_0; "
                            + "quantise the original instead, or allow requantising, which adds new errors to the old ones");
            assertThat(q4).doesNotExist();
            Quantizer.to(QuantMix.Q4_0).requantize(true).write(source, q4);
            // nothing to do for what has the type already
            Quantizer.to(QuantMix.Q8_0).write(source, folder.resolve("same.gguf"));
            assertThat(folder.resolve("same.gguf")).hasSameBinaryContentAs(q8);
        }
        try (Checkpoint written = open(q4)) {
            assertThat(written.tensor("some.weight").type()).isEqualTo(QuantType.Q4_0);
        }
    }

    @ParameterizedTest
    @CsvSource({"NaN, Q4_K_M, some.weight has a weight that is not a finite number",
        "Infinity, F16, some.weight has a weight that is not a finite number",
        "70000, F16, 'some.weight has a weight of magnitude 70000.0, which is too large for F16'",
        "1e8, Q8_0, 'some.weight has a weight of magnitude 1.0E8, which is too large for Q8_0'"})
    void refusesWeightsThatCannotBeStored(float weight, QuantMix mix, String problem) throws IOException {
        float[] weights = random(512, 1);
        weights[300] = weight;
        Path file = matrix("in.gguf", 256, weights);
        try (Checkpoint source = open(file)) {
            assertThatThrownBy(() -> Quantizer.to(mix).write(source, folder.resolve("out.gguf")))
                    .isInstanceOf(CriaException.class).hasMessageEndingWith(problem);
        }
        assertThat(names()).containsExactly("in.gguf");
    }

    @Test
    void aLargeWeightThatFitsIsTaken() {
        float[] weights = random(512, 1);
        weights[300] = 70_000;
        Path file = matrix("in.gguf", 256, weights);
        try (Checkpoint source = open(file)) {
            Quantizer.to(QuantMix.Q8_0).write(source, folder.resolve("out.gguf"));
        }
        try (Checkpoint written = open(folder.resolve("out.gguf"))) {
            float[] decoded = new float[256];
            written.tensor("some.weight").decode(1, 0, 256, decoded, 0);
            assertThat(decoded[44]).isCloseTo(70_000, withinPercentage(0.1));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void anInterruptedRunLeavesNoFile(int threads) throws IOException {
        Path file = matrix("in.gguf", 256, random(256 * 5000, 5));
        Path target = Files.writeString(folder.resolve("out.gguf"), "what was there before");
        try (Checkpoint source = open(file)) {
            Thread caller = Thread.currentThread();
            assertThatThrownBy(() -> Quantizer.to(QuantMix.Q4_K_M).threads(threads)
                    .progress((done, total) -> caller.interrupt()).write(source, target))
                    .isInstanceOf(CriaException.class)
                    .hasMessage("interrupted; " + target + " has not been written");
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(target).hasContent("what was there before");
        assertThat(names()).containsExactly("in.gguf", "out.gguf");
    }

    @Test
    void aFailureOfTheListenerLeavesNoFile() throws IOException {
        Path file = matrix("in.gguf", 32, random(64, 1));
        try (Checkpoint source = open(file)) {
            assertThatThrownBy(() -> Quantizer.to(QuantMix.Q8_0).progress((done, total) -> {
                throw new IllegalStateException("enough");
            }).write(source, folder.resolve("out.gguf"))).isInstanceOf(IllegalStateException.class)
                    .hasMessage("enough");
        }
        assertThat(names()).containsExactly("in.gguf");
    }

    @Test
    void refusesAPlaceThatIsNotThere() {
        Path file = matrix("in.gguf", 32, random(64, 1));
        Path missing = folder.resolve("missing");
        try (Checkpoint source = open(file)) {
            assertThatThrownBy(() -> Quantizer.to(QuantMix.Q8_0).write(source, missing.resolve("out.gguf")))
                    .isInstanceOf(CriaException.class)
                    .hasMessage("cannot write " + missing.resolve("out.gguf") + ": there is no folder " + missing);
            assertThatThrownBy(() -> Quantizer.to(QuantMix.Q8_0).write(source, folder))
                    .isInstanceOf(CriaException.class).hasMessage("cannot write " + folder + ": it is a directory");
        }
        assertThatThrownBy(() -> Quantizer.to(QuantMix.Q8_0).threads(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be at least 1, but is 0");
    }
}
