package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
    @TempDir
    private Path directory;

    @Test
    void writesMetadataOfAllTypesForTheReader() {
        Path path = directory.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("text", "Grüße 😀").bool("yes", true).integer("u8", GgufType.UINT8, 255)
                    .integer("i8", GgufType.INT8, -128).integer("u16", GgufType.UINT16, 65535)
                    .integer("i16", GgufType.INT16, -32768).integer("u32", GgufType.UINT32, 4294967295L)
                    .integer("i32", GgufType.INT32, Integer.MIN_VALUE)
                    .integer("u64", GgufType.UINT64, Long.MAX_VALUE).integer("i64", GgufType.INT64, Long.MIN_VALUE)
                    .number("f32", GgufType.FLOAT32, 0.1f).number("f64", GgufType.FLOAT64, 0.1)
                    .strings("texts", List.of("", "b")).bools("truths", List.of(true, false))
                    .integers("numbers", GgufType.INT16, List.of(-1L, 2L))
                    .numbers("scores", GgufType.FLOAT32, List.of(0.5, -2.0)).strings("none", List.of());
            writer.finish();
        }
        try (GgufFile file = GgufFile.open(path)) {
            GgufMetadata metadata = file.metadata();
            assertThat(metadata.asMap().keySet()).startsWith("text", "yes", "u8").endsWith("scores", "none");
            assertThat(metadata.string("text")).contains("Grüße 😀");
            assertThat(metadata.bool("yes")).contains(true);
            assertThat(metadata.integer("u8")).hasValue(255);
            assertThat(metadata.integer("i8")).hasValue(-128);
            assertThat(metadata.integer("u16")).hasValue(65535);
            assertThat(metadata.integer("i16")).hasValue(-32768);
            assertThat(metadata.integer("u32")).hasValue(4294967295L);
            assertThat(metadata.integer("i32")).hasValue(Integer.MIN_VALUE);
            assertThat(metadata.integer("u64")).hasValue(Long.MAX_VALUE);
            assertThat(metadata.integer("i64")).hasValue(Long.MIN_VALUE);
            assertThat(metadata.number("f32")).hasValue(0.1f);
            assertThat(metadata.number("f64")).hasValue(0.1);
            assertThat(metadata.strings("texts")).contains(List.of("", "b"));
            assertThat(metadata.integers("numbers")).contains(List.of(-1L, 2L));
            assertThat(metadata.numbers("scores")).contains(List.of(0.5, -2.0));
            assertThat(metadata.strings("none")).contains(List.of());
            assertThat(metadata.type("numbers")).contains(GgufType.INT16);
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void rewritesTheTinyModelWithoutChangingAnything() {
        assertRewritten(Golden.tinyModel());
    }

    @NeedsFixtures
    @Test
    void rewritesAFileOfLlamaCppWithoutChangingAnything(Fixtures fixtures) {
        assertRewritten(fixtures.path("logits/random-Q4_K_M.gguf"));
    }

    private void assertRewritten(Path file) {
        Path copy = directory.resolve("copy.gguf");
        try (GgufFile original = GgufFile.open(file); GgufWriter writer = GgufWriter.create(copy)) {
            writer.copy(original.metadata());
            original.tensors().values().forEach(tensor -> writer.tensor(tensor.name(), tensor.type(),
                    tensor.shape().stream().mapToLong(Long::longValue).toArray()));
            // the order of writing is free
            original.tensors().reversed().forEach((name, tensor) -> writer.write(name, tensor.data()));
            writer.finish();

            assertThat(copy).hasSameBinaryContentAs(original.path());
        }
    }

    @Test
    void leavesTheOldFileAndNothingElseWhenItIsNotFinished() throws IOException {
        Path path = Files.writeString(directory.resolve("model.gguf"), "old");
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.tensor("weights", QuantType.F32, 4);
            writer.encode("weights", 1, 2);

            assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class)
                    .hasMessage("tensor weights has 16 bytes, but only 8 have been written");
        }
        assertThat(path).hasContent("old");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void refusesWrongArguments() {
        try (GgufWriter writer = GgufWriter.create(directory.resolve("model.gguf"))) {
            writer.tensor("weights", QuantType.F32, 2).string("key", "value");
            assertThatThrownBy(() -> writer.string("key", "again")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("metadata key key has been given already");
            assertThatThrownBy(() -> writer.integer("n", GgufType.UINT8, 256))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("metadata key n: 256 is not of type UINT8");
            assertThatThrownBy(() -> writer.tensor("weights", QuantType.F32, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor weights has been declared already");
            assertThatThrownBy(() -> writer.tensor("other", QuantType.Q4_K, 172))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.encode("absent", 1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor absent has not been declared");
            assertThatThrownBy(() -> writer.encode("weights", 1, 2, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor weights has 8 bytes, of which 0 have been written; 12 more are too many");
            writer.encode("weights", 1);
            assertThatThrownBy(() -> writer.string("late", "value")).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void saysWhereItCannotWrite() {
        assertThatThrownBy(() -> GgufWriter.create(directory.resolve("absent").resolve("model.gguf")))
                .isInstanceOf(CriaException.class).hasMessageContaining("cannot write " + directory);
        assertThatThrownBy(() -> GgufWriter.create(directory)).isInstanceOf(CriaException.class)
                .hasMessage("cannot write " + directory + ": it is a directory");
    }
}
