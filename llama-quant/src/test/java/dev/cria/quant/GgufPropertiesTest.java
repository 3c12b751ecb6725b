package dev.cria.quant;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Laws of reading and writing GGUF files. */
class GgufPropertiesTest {
    private static final byte[] SMALL = small();

    private static byte[] small() {
        try {
            Path path = Files.createTempFile("small", ".gguf");
            try (GgufWriter writer = GgufWriter.create(path)) {
                writer.string("general.architecture", "llama").integer("llama.block_count", GgufType.UINT32, 1)
                        .number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, 1e-5)
                        .bool("tokenizer.ggml.add_bos_token", true)
                        .strings("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "</s>", "a"))
                        .integers("tokenizer.ggml.token_type", GgufType.INT32, List.of(2L, 3L, 3L, 1L));
                writer.tensor("token_embd.weight", QuantType.Q8_0, 32, 4).tensor("output_norm.weight",
                        QuantType.F32, 32);
                writer.encode("token_embd.weight", new float[128]);
                writer.encode("output_norm.weight", new float[32]);
                writer.finish();
            }
            byte[] bytes = Files.readAllBytes(path);
            Files.delete(path);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Property(tries = 100)
    void readsBackWhatWasWritten(@ForAll @Size(max = 5) List<@IntRange(min = 1, max = 5) Integer> rows,
            @ForAll QuantType type, @ForAll String text, @ForAll long seed) throws IOException {
        Path path = Files.createTempFile("round-trip", ".gguf");
        int columns = 2 * type.blockSize();
        Random random = new Random(seed);
        byte[][] data = rows.stream().map(count -> new byte[(int) type.rowBytes(columns) * count])
                .toArray(byte[][]::new);
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("text", text);
            for (int i = 0; i < data.length; i++) {
                random.nextBytes(data[i]);
                writer.tensor("t" + i, type, columns, rows.get(i));
            }
            for (int i = 0; i < data.length; i++) {
                int half = data[i].length / 2;
                writer.write("t" + i, MemorySegment.ofArray(data[i]).asSlice(0, half));
                writer.write("t" + i, MemorySegment.ofArray(data[i]).asSlice(half));
            }
            writer.finish();
        }
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.metadata().contains("text")).isTrue();
            assertThat(file.tensors()).hasSize(data.length);
            for (int i = 0; i < data.length; i++) {
                WeightTensor tensor = requireNonNull(file.tensors().get("t" + i));
                assertThat(tensor.type()).isEqualTo(type);
                assertThat(tensor.rows()).isEqualTo((long) rows.get(i));
                assertThat(tensor.columns()).isEqualTo(columns);
                assertThat(tensor.fileOffset() % 32).isZero();
                assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(data[i]);
            }
        } finally {
            Files.delete(path);
        }
    }

    @Property(tries = 2000)
    void letsOnlyItsOwnExceptionsEscapeWhenBytesAreFlipped(@ForAll @IntRange(max = 100000) int position,
            @ForAll byte value, @ForAll @IntRange(max = 400) int early, @ForAll byte earlyValue) throws IOException {
        byte[] bytes = SMALL.clone();
        bytes[position % bytes.length] = value;
        bytes[early % bytes.length] = earlyValue;
        Path path = Files.createTempFile("flipped", ".gguf");
        try {
            Files.write(path, bytes);

            Throwable failure = catchThrowable(() -> {
                try (GgufFile file = GgufFile.open(path)) {
                    file.metadata().string("general.architecture");
                    file.metadata().strings("tokenizer.ggml.tokens");
                    file.tensors().values().forEach(GgufPropertiesTest::decodeFirstRow);
                }
            });

            if (failure != null) {
                assertThat(failure).isInstanceOf(CriaException.class).hasMessageContaining(path.toString());
            }
        } finally {
            Files.delete(path);
        }
    }

    private static void decodeFirstRow(WeightTensor tensor) {
        int columns = Math.toIntExact(tensor.columns());
        tensor.type().decode(tensor.data(), 0, new float[columns], 0, columns);
    }
}
