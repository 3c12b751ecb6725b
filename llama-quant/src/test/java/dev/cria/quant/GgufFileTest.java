package dev.cria.quant;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of this project and of llama.cpp's tools. */
class GgufFileTest {
    @TempDir
    private Path directory;

    @Test
    void readsMetadataOfEveryKindAsked() {
        try (GgufFile file = GgufFile.open(Golden.tinyModel())) {
            GgufMetadata metadata = file.metadata();

            assertThat(file.version()).isEqualTo(3);
            assertThat(metadata.string("general.architecture")).contains("llama");
            assertThat(metadata.integer("llama.block_count")).hasValue(7);
            assertThat(metadata.number("llama.attention.layer_norm_rms_epsilon").orElseThrow())
                    .isEqualTo((double) 1e-5f);
            assertThat(metadata.strings("tokenizer.ggml.tokens").orElseThrow()).hasSize(2048).startsWith("<unk>");
            assertThat(metadata.integers("tokenizer.ggml.token_type").orElseThrow()).hasSize(2048);
            assertThat(metadata.numbers("tokenizer.ggml.scores").orElseThrow()).hasSize(2048);
            assertThat(metadata.type("llama.block_count")).contains(GgufType.UINT32);
            assertThat(metadata.string("no.such.key")).isEmpty();
            assertThat(metadata.asMap().firstEntry().getKey()).isEqualTo("general.architecture");
        }
    }

    @Test
    void namesKeyAndBothTypesWhereAValueIsOfAnotherType() {
        Path path = Golden.tinyModel();
        try (GgufFile file = GgufFile.open(path)) {
            assertThatThrownBy(() -> file.metadata().integer("general.architecture"))
                    .isInstanceOf(MalformedFileException.class)
                    .hasMessage(path + ": metadata key general.architecture must be a whole number, but holds the "
                            + "text \"llama\"");
            assertThatThrownBy(() -> file.metadata().strings("tokenizer.ggml.scores"))
                    .isInstanceOf(MalformedFileException.class).hasMessageContaining("tokenizer.ggml.scores")
                    .hasMessageContaining("an array of texts");
        }
    }

    /** {@return the first of three shards of the tiny model, as llama.cpp's gguf-split makes them} */
    private Path shards() {
        try (GgufFile whole = GgufFile.open(Golden.tinyModel())) {
            List<WeightTensor> tensors = List.copyOf(whole.tensors().values());
            for (int shard = 0; shard < 3; shard++) {
                try (GgufWriter writer = GgufWriter.create(shard(shard))) {
                    if (shard == 0) {
                        writer.copy(whole.metadata());
                    }
                    writer.integer("split.no", GgufType.UINT16, shard).integer("split.count", GgufType.UINT16, 3)
                            .integer("split.tensors.count", GgufType.INT32, tensors.size());
                    List<WeightTensor> part = tensors.subList(tensors.size() * shard / 3,
                            tensors.size() * (shard + 1) / 3);
                    part.forEach(tensor -> writer.tensor(tensor.name(), tensor.type(),
                            tensor.shape().stream().mapToLong(Long::longValue).toArray()));
                    part.forEach(tensor -> writer.write(tensor.name(), tensor.data()));
                    writer.finish();
                }
            }
        }
        return shard(0);
    }

    private Path shard(int number) {
        return directory.resolve("m-0000%d-of-00003.gguf".formatted(number + 1));
    }

    @Test
    void opensAllShardsOfASplitFileAsTheWholeOne() {
        assertSame(shards(), Golden.tinyModel());
    }

    @NeedsFixtures
    @Test
    void opensAllShardsThatLlamaCppMadeAsTheWholeOne(Fixtures fixtures) {
        assertSame(fixtures.path("checkpoints/gguf-split/stories260K-00001-of-00002.gguf"),
                fixtures.path("models/stories260K.gguf"));
    }

    private static void assertSame(Path firstShard, Path file) {
        try (GgufFile whole = GgufFile.open(file); GgufFile split = GgufFile.open(firstShard)) {
            assertThat(split.tensors().keySet()).containsExactlyInAnyOrderElementsOf(whole.tensors().keySet());
            whole.tensors().forEach((name, tensor) -> {
                WeightTensor other = requireNonNull(split.tensors().get(name));
                assertThat(other.shape()).isEqualTo(tensor.shape());
                assertThat(other.data().mismatch(tensor.data())).as(name).isEqualTo(-1);
            });
        }
    }

    @Test
    void asksForTheFirstShardWhereAnotherIsOpened() {
        shards();

        assertThatThrownBy(() -> GgufFile.open(shard(1))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("open the first one").hasMessageContaining("-00001-of-00003.gguf");
    }

    @Test
    void namesTheShardThatIsMissing() throws IOException {
        Path first = shards();
        Files.delete(shard(2));

        assertThatThrownBy(() -> GgufFile.open(first)).isInstanceOf(CriaException.class)
                .hasMessage("there is no file " + shard(2));
    }

    @Test
    void refusesAShardThatIsNotTheOneItsNameSays() throws IOException {
        Path first = shards();
        Files.copy(first, shard(1), StandardCopyOption.REPLACE_EXISTING);

        assertThatThrownBy(() -> GgufFile.open(first)).isInstanceOf(MalformedFileException.class)
                .hasMessage(shard(1) + ": split.no and split.count must be 1 and 3, but are 0 and 3");
    }

    /** GGML's own quantiser made these files from the first, so that this compares millions of encoded weights. */
    @NeedsFixtures
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "F32")
    void encodesWholeModelsAsGgmlsQuantiserDoes(QuantType type, Fixtures fixtures) {
        try (GgufFile original = GgufFile.open(fixtures.path("logits/random-F32.gguf"));
                GgufFile quantised = GgufFile.open(fixtures.path("logits/random-" + type + ".gguf"))) {
            int compared = 0;
            for (WeightTensor expected : quantised.tensors().values()) {
                if (expected.type() != type) {
                    continue;
                }
                WeightTensor source = requireNonNull(original.tensors().get(expected.name()));
                int count = Math.toIntExact(source.rows() * source.columns());
                float[] weights = new float[count];
                QuantType.F32.decode(source.data(), 0, weights, 0, count);
                byte[] blocks = new byte[Math.toIntExact(expected.data().byteSize())];

                type.encode(weights, 0, count, MemorySegment.ofArray(blocks), 0);

                assertThat(blocks).as("%s %s", type, expected.name())
                        .isEqualTo(expected.data().toArray(ValueLayout.JAVA_BYTE));
                compared++;
            }
            assertThat(compared).isEqualTo(2 * 7 + 2);
        }
    }

    @Test
    void saysWhatIsWrongWithAPathThatIsNoFile() {
        assertThatThrownBy(() -> GgufFile.open(directory)).isInstanceOf(CriaException.class)
                .hasMessage(directory + " is a directory, not a GGUF file");
        assertThatThrownBy(() -> GgufFile.open(directory.resolve("absent.gguf"))).isInstanceOf(CriaException.class)
                .hasMessage("there is no file " + directory.resolve("absent.gguf"));
    }

    @ParameterizedTest
    @CsvSource({"9, Q8_1", "16, IQ2_XXS", "17, IQ2_XS", "18, IQ3_XXS", "19, IQ1_S", "21, IQ3_S", "22, IQ2_S",
        "26, I32", "28, F64", "29, IQ1_M", "31, Q4_0_4_4", "34, TQ1_0", "35, TQ2_0", "39, MXFP4", "99, number 99"})
    void refusesAnUnsupportedTypeByNameWithItsTensor(int number, String name) throws IOException {
        Path path = directory.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.tensor("strange", QuantType.F32, 3);
            writer.encode("strange", 1, 2, 3);
            writer.finish();
        }
        byte[] bytes = Files.readAllBytes(path);
        // name, number of extents and extent stand between the beginning of the description and the type
        bytes[24 + 8 + "strange".length() + 4 + 8] = (byte) number;
        Files.write(path, bytes);

        assertThatThrownBy(() -> GgufFile.open(path)).isInstanceOf(MalformedFileException.class)
                .hasMessage(path + ": tensor strange has the type " + name + ", which is not supported");
    }

    @Test
    void readsVersion2WhichHasTheSameLayout() throws IOException {
        Path path = directory.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("general.name", "two");
            writer.finish();
        }
        byte[] bytes = Files.readAllBytes(path);
        bytes[4] = 2;
        Files.write(path, bytes);

        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.version()).isEqualTo(2);
            assertThat(file.metadata().string("general.name")).contains("two");
        }
    }

    @Test
    void refusesTensorsThatOverlap() throws IOException {
        Path path = directory.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.tensor("a", QuantType.F32, 12).tensor("b", QuantType.F32, 12);
            writer.encode("a", new float[12]);
            writer.encode("b", new float[12]);
            writer.finish();
        }
        byte[] bytes = Files.readAllBytes(path);
        int offsetOfB = 24 + 2 * (8 + 1 + 4 + 8 + 4 + 8) - 8;
        assertThat(bytes[offsetOfB]).isEqualTo((byte) 64);
        bytes[offsetOfB] = 32;
        Files.write(path, bytes);

        assertThatThrownBy(() -> GgufFile.open(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("tensors a and b overlap");
    }
}
