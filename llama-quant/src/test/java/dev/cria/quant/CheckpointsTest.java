package dev.cria.quant;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.Matrix;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.quant.packed.MatrixLoader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same weights in the layouts of other tools, and broken files of these. */
class CheckpointsTest {
    @TempDir
    private Path directory;

    private interface Opened extends AutoCloseable {
        SequencedMap<String, WeightTensor> tensors();

        @Override
        void close();
    }

    private record Closing(SequencedMap<String, WeightTensor> tensors, Runnable end) implements Opened {
        @Override
        public void close() {
            end.run();
        }
    }

    private static Opened open(Path path) {
        String name = path.toString();
        if (name.contains("llama2c") || name.endsWith("stories260K.bin")) {
            Llama2cFile file = Llama2cFile.open(path);
            return new Closing(file.tensors(), file::close);
        }
        if (name.contains("safetensors")) {
            SafetensorsFile file = SafetensorsFile.open(path);
            return new Closing(file.tensors(), file::close);
        }
        TorchFile file = TorchFile.open(path);
        return new Closing(file.tensors(), file::close);
    }

    private static float[] floats(WeightTensor tensor) {
        float[] floats = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        tensor.type().decode(tensor.data(), 0, floats, 0, floats.length);
        return floats;
    }

    @NeedsFixtures
    @ParameterizedTest
    @CsvSource({"hf-f32/model.safetensors, F32", "hf-f32-untied/model.safetensors, F32",
        "hf-f32-sharded/model.safetensors.index.json, F32", "hf-f16/model.safetensors, F16",
        "hf-f16-sharded/model.safetensors.index.json, F16", "hf-f16-pytorch/pytorch_model.bin, F16",
        "hf-f16-pytorch-sharded/pytorch_model.bin.index.json, F16", "hf-bf16/model.safetensors, BF16",
        "hf-bf16-sharded/model.safetensors.index.json, BF16"})
    void readsHuggingFacesCheckpoints(String checkpoint, QuantType type, Fixtures fixtures) {
        assertHasWeights(fixtures, checkpoint, type, "model.embed_tokens.weight",
                "model.layers.4.mlp.down_proj.weight", "model.layers.1.self_attn.v_proj.weight");
    }

    @NeedsFixtures
    @ParameterizedTest
    @CsvSource({"meta-f32/consolidated.00.pth, F32", "meta-bf16/consolidated.00.pth, BF16"})
    void readsMetasCheckpoints(String checkpoint, QuantType type, Fixtures fixtures) {
        assertHasWeights(fixtures, checkpoint, type, "tok_embeddings.weight",
                "layers.4.feed_forward.w2.weight", "layers.1.attention.wv.weight");
    }

    private static void assertHasWeights(Fixtures fixtures, String checkpoint, QuantType type, String embedding,
            String down, String value) {
        List<String> ours = List.of(embedding, down, value);
        List<String> theirs = List.of("token_embd.weight", "blk.4.ffn_down.weight", "blk.1.attn_v.weight");
        try (Opened file = open(fixtures.path("checkpoints/" + checkpoint));
                GgufFile gguf = GgufFile.open(fixtures.path("models/stories260K.gguf"))) {
            for (int i = 0; i < ours.size(); i++) {
                WeightTensor tensor = requireNonNull(file.tensors().get(ours.get(i)));
                WeightTensor original = requireNonNull(gguf.tensors().get(theirs.get(i)));
                assertThat(tensor.type()).isEqualTo(type);
                assertThat(tensor.shape()).isEqualTo(original.shape());
                assertThat(floats(tensor)).isEqualTo(rounded(floats(original), type));
                assertLiesInItsFile(tensor);
            }
        }
    }

    private static float[] rounded(float[] floats, QuantType type) {
        byte[] bytes = new byte[Math.toIntExact(type.rowBytes(floats.length))];
        float[] rounded = new float[floats.length];
        type.encode(floats, 0, floats.length, MemorySegment.ofArray(bytes), 0);
        type.decode(MemorySegment.ofArray(bytes), 0, rounded, 0, floats.length);
        return rounded;
    }

    private static void assertLiesInItsFile(WeightTensor tensor) {
        byte[] file;
        try {
            file = Files.readAllBytes(tensor.file());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        int from = Math.toIntExact(tensor.fileOffset());
        assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(Arrays.copyOfRange(file, from, from + Math.toIntExact(tensor.data().byteSize())));
    }

    @NeedsFixtures
    @Test
    void readsTheSameModelFromLlama2cAsFromGguf(Fixtures fixtures) {
        try (Llama2cFile file = Llama2cFile.open(fixtures.path("models/stories260K.bin"));
                GgufFile gguf = GgufFile.open(fixtures.path("models/stories260K-tied.gguf"))) {
            assertThat(file.config()).isEqualTo(new Llama2cFile.Config(0, 64, 172, 5, 8, 4, 512, 512, true, 0));
            assertThat(file.tensors().keySet()).containsExactlyInAnyOrderElementsOf(gguf.tensors().keySet());
            gguf.tensors().forEach((name, tensor) -> {
                WeightTensor other = requireNonNull(file.tensors().get(name));
                assertThat(other.shape()).as(name).isEqualTo(tensor.shape());
                assertThat(other.data().mismatch(tensor.data())).as(name).isEqualTo(-1);
                assertLiesInItsFile(other);
            });
        }
    }

    /** A model of one layer with recognisable weights, as llama2.c's exporter lays it out. */
    private Path versioned(int version, boolean shared) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0x616b3432).putInt(version);
        for (int size : new int[]{4, 8, 1, 2, 1, 6, 16}) {
            bytes.putInt(size);
        }
        bytes.put((byte) (shared ? 1 : 0)).putInt(version == 2 ? 2 : 0).position(256);
        for (int i = 0; i < 3 * 4; i++) {
            bytes.putFloat(i);
        }
        int embedding = 6 * 4;
        int[] matrices = {embedding, 16, 8, 8, 16, 32, 32, 32, shared ? 0 : embedding};
        int next = 1;
        for (int count : matrices) {
            int first = next;
            for (int i = 0; i < count; i++, next++) {
                if (version == 2) {
                    bytes.put((byte) (next % 100));
                } else {
                    bytes.putFloat(next % 100);
                }
            }
            for (int i = 0; version == 2 && i < count / 2; i++) {
                bytes.putFloat(first + i);
            }
        }
        return Files.write(directory.resolve("llama2c.bin"), Arrays.copyOf(bytes.array(), bytes.position()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsTheLegacyFormOfLlama2c(boolean shared) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        for (int size : new int[]{4, 8, 1, 2, 1, shared ? 6 : -6, 16}) {
            bytes.putInt(size);
        }
        // embedding, norm, queries, keys, values, output, norm, gate, down, up, norm, tables of rotations
        int count = 6 * 4 + 4 + 16 + 8 + 8 + 16 + 4 + 3 * 32 + 4 + 2 * 16 + (shared ? 0 : 6 * 4);
        for (int i = 1; i <= count; i++) {
            bytes.putFloat(i);
        }
        Path path = Files.write(directory.resolve("llama2c.bin"), Arrays.copyOf(bytes.array(), bytes.position()));
        try (Llama2cFile file = Llama2cFile.open(path)) {
            assertThat(file.config()).isEqualTo(new Llama2cFile.Config(0, 4, 8, 1, 2, 1, 6, 16, shared, 0));
            assertThat(floats(requireNonNull(file.tensors().get("token_embd.weight")))).startsWith(1, 2).hasSize(24);
            assertThat(floats(requireNonNull(file.tensors().get("blk.0.attn_k.weight")))).startsWith(45, 46).hasSize(8);
            assertThat(floats(requireNonNull(file.tensors().get("blk.0.ffn_down.weight")))).startsWith(113).hasSize(32);
            assertThat(floats(requireNonNull(file.tensors().get("blk.0.ffn_up.weight")))).startsWith(145).hasSize(32);
            assertThat(floats(requireNonNull(file.tensors().get("output_norm.weight")))).containsExactly(177, 178, 179,
                    180);
            assertThat(file.tensors().containsKey("output.weight")).isEqualTo(!shared);
            if (!shared) {
                assertThat(floats(requireNonNull(file.tensors().get("output.weight")))).startsWith(213).endsWith(236);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsVersion1OfLlama2c(boolean shared) throws IOException {
        try (Llama2cFile file = Llama2cFile.open(versioned(1, shared))) {
            assertThat(file.config().sharedOutput()).isEqualTo(shared);
            assertThat(file.tensors().containsKey("output.weight")).isEqualTo(!shared);
            assertThat(floats(requireNonNull(file.tensors().get("output_norm.weight")))).containsExactly(8, 9, 10, 11);
            assertThat(floats(requireNonNull(file.tensors().get("blk.0.attn_k.weight")))).startsWith(41, 42)
                    .hasSize(8);
        }
    }

    @Test
    void expandsTheGroupsOfVersion2OfLlama2c() throws IOException {
        try (Llama2cFile file = Llama2cFile.open(versioned(2, false))) {
            WeightTensor keys = requireNonNull(file.tensors().get("blk.0.attn_k.weight"));
            assertThat(keys.fileOffset()).isEqualTo(WeightTensor.IN_MEMORY);
            assertThat(floats(keys)).startsWith(41 * 41, 42 * 41, 43 * 42, 44 * 42).hasSize(8);
            assertThat(floats(requireNonNull(file.tensors().get("output_norm.weight")))).containsExactly(8, 9, 10, 11);
        }
    }

    @Test
    void packsWeightsThatAreOnlyInMemory() throws IOException {
        try (Llama2cFile file = Llama2cFile.open(versioned(2, false)); Arena arena = Arena.ofConfined()) {
            WeightTensor keys = requireNonNull(file.tensors().get("blk.0.attn_k.weight"));
            Matrix matrix = new MatrixLoader(Kernels.plain(), arena).packed(keys);
            float[] row = new float[4];

            matrix.row(1, row, 0);

            assertThat(row).isEqualTo(Arrays.copyOfRange(floats(keys), 4, 8));
        }
    }

    static List<String> broken(Fixtures fixtures) {
        List<String> names = new ArrayList<>();
        for (JsonNode entry : fixtures.json("malformed/index.json")) {
            String name = entry.get("file").asText();
            boolean weights = List.of("safetensors", "torch", "llama2c").contains(entry.get("kind").asText())
                    || name.startsWith("json-index");
            if (weights && entry.get("expect").asText().equals("reject")) {
                names.add(name);
            }
        }
        return names;
    }

    @NeedsFixtures
    @ParameterizedTest
    @MethodSource("broken")
    void refusesBrokenFilesWithAMessageThatNamesTheFile(String name, Fixtures fixtures) {
        Path path = fixtures.path("malformed/" + name);

        Throwable failure = catchThrowable(() -> open(path).close());

        assertThat(failure).isInstanceOf(MalformedFileException.class).hasMessageStartingWith(path + ": ");
    }

    @NeedsFixtures
    @Test
    void namesTheFunctionThatAPickleAsksFor(Fixtures fixtures) {
        Path path = fixtures.path("malformed/torch-calls-a-function.pth");

        Throwable failure = catchThrowable(() -> TorchFile.open(path).close());

        assertThat(failure).hasMessageContaining("print").hasMessageContaining("nothing in a file is called");
    }

    @Test
    void refusesAPickleThatMakesMoreThanACheckpointNeeds() throws IOException {
        byte[] pickle = new byte[1 << 21];
        Arrays.fill(pickle, (byte) '}');
        pickle[pickle.length - 1] = '.';
        Path path = directory.resolve("many.pth");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
            ZipEntry entry = new ZipEntry("archive/data.pkl");
            CRC32 sum = new CRC32();
            sum.update(pickle);
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(pickle.length);
            entry.setCrc(sum.getValue());
            zip.putNextEntry(entry);
            zip.write(pickle);
        }

        assertThat(catchThrowable(() -> TorchFile.open(path).close())).isInstanceOf(MalformedFileException.class)
                .hasMessage(path + ": the pickle cannot be read: it has more than the 1048576 operations that are"
                        + " supported");
    }

    @NeedsFixtures
    @ParameterizedTest
    @CsvSource({"safetensors-valid-base.safetensors, 12", "torch-valid-two-tensors.pth, 2"})
    void readsTheValidFilesThatTheBrokenOnesWereMadeFrom(String name, int tensors, Fixtures fixtures) {
        try (Opened file = open(fixtures.path("malformed/" + name))) {
            assertThat(file.tensors()).hasSize(tensors);
        }
    }

    @Test
    void refusesAnIndexThatReachesOutOfItsFolder() throws IOException {
        Path index = Files.writeString(directory.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}");

        assertThat(catchThrowable(() -> SafetensorsFile.open(index).close()))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("a file beside the index");
    }
}
