package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void writesTensorsOfEachTypeForTheReader() throws IOException {
        Path path = directory.resolve("model.safetensors");
        Files.writeString(path, "what was there before");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path)) {
            writer.tensor("a", QuantType.F32, 2, 3).tensor("\"b\" ü", QuantType.F16, 3).tensor("c", QuantType.BF16, 1,
                    2);
            writer.encode("c", 0.5f, -2);
            writer.encode("a", 1, 2, 3, 4, 5, 6);
            writer.encode("\"b\" ü", 1, 0.25f, -3);
            writer.finish();
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().keySet()).containsExactly("a", "\"b\" ü", "c");
            assertThat(tensor(file, "a").shape()).isEqualTo(List.of(3L, 2L));
            assertThat(floats(file, "a")).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(floats(file, "\"b\" ü")).containsExactly(1, 0.25f, -3);
            assertThat(tensor(file, "c").type()).isEqualTo(QuantType.BF16);
            assertThat(floats(file, "c")).containsExactly(0.5f, -2);
            // floats at multiples of their size can be mapped by every reader
            assertThat(tensor(file, "a").fileOffset() % 8).isZero();
        }
    }

    private static WeightTensor tensor(SafetensorsFile file, String name) {
        return Objects.requireNonNull(file.tensors().get(name));
    }

    private static float[] floats(SafetensorsFile file, String name) {
        WeightTensor tensor = tensor(file, name);
        float[] floats = new float[(int) (tensor.rows() * tensor.columns())];
        tensor.type().decode(tensor.data(), 0, floats, 0, floats.length);
        return floats;
    }

    @Test
    void anUnfinishedFileLeavesNothingBehind() throws IOException {
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("half.safetensors"))) {
            writer.tensor("a", QuantType.F32, 2).tensor("b", QuantType.F32, 2);
            writer.encode("a", 1, 2);
            assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class).hasMessageContaining("b");
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void wrongUseIsNamed() {
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("x.safetensors"))) {
            writer.tensor("a", QuantType.F32, 2);
            assertThatThrownBy(() -> writer.tensor("a", QuantType.F32, 2)).hasMessageContaining("a has been declared");
            assertThatThrownBy(() -> writer.tensor("q", QuantType.Q8_0, 32)).hasMessageContaining("Q8_0");
            assertThatThrownBy(() -> writer.tensor("n", QuantType.F32, -1)).hasMessageContaining("-1");
            assertThatThrownBy(() -> writer.encode("z", 1)).hasMessageContaining("z has not been declared");
            assertThatThrownBy(() -> writer.encode("a", 1)).hasMessageContaining("2 elements got 1");
            writer.encode("a", 1, 2);
            assertThatThrownBy(() -> writer.encode("a", 1, 2)).hasMessageContaining("written already");
            assertThatThrownBy(() -> writer.tensor("b", QuantType.F32, 2)).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> SafetensorsWriter.create(directory)).isInstanceOf(CriaException.class)
                .hasMessageContaining("directory");
    }
}
