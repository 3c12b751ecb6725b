package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.OperatingSystemMXBean;
import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel.WeightMemory;
import dev.cria.quant.QuantType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file with more weights than the machine has memory; they are a hole, so that it takes no disk. */
class WeightMemoryTest {
    private static final int DIM = 8192;
    private static final int VOCABULARY = 259;

    @TempDir
    private Path folder = Path.of("");

    private final ByteBuffer header = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final long memory = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getTotalMemorySize();
    private long weights;
    private Path path = Path.of("");

    /** One layer whose three matrices of the feed-forward network are as large as the memory together. */
    @BeforeEach
    void writeFile() throws IOException {
        int ffn = Math.toIntExact(memory / (3L * DIM * Float.BYTES)) + 1;
        header.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(11).putLong(10);
        text("general.architecture").putInt(8);
        text("llama");
        integer("llama.context_length", 64);
        integer("llama.embedding_length", DIM);
        integer("llama.block_count", 1);
        integer("llama.feed_forward_length", ffn);
        integer("llama.attention.head_count", 64);
        integer("llama.attention.head_count_kv", 8);
        text("llama.attention.layer_norm_rms_epsilon").putInt(6).putFloat(1e-5f);
        text("tokenizer.ggml.tokens").putInt(9).putInt(8).putLong(VOCABULARY);
        for (int id = 0; id < VOCABULARY; id++) {
            text("piece" + id);
        }
        text("tokenizer.ggml.scores").putInt(9).putInt(6).putLong(VOCABULARY);
        for (int id = 0; id < VOCABULARY; id++) {
            header.putFloat(0);
        }
        tensor("token_embd", DIM, VOCABULARY);
        tensor("output_norm", DIM, 1);
        tensor("blk.0.attn_norm", DIM, 1);
        tensor("blk.0.attn_q", DIM, DIM);
        tensor("blk.0.attn_k", DIM, DIM / 8);
        tensor("blk.0.attn_v", DIM, DIM / 8);
        tensor("blk.0.attn_output", DIM, DIM);
        tensor("blk.0.ffn_norm", DIM, 1);
        tensor("blk.0.ffn_gate", DIM, ffn);
        tensor("blk.0.ffn_up", DIM, ffn);
        tensor("blk.0.ffn_down", ffn, DIM);
        path = folder.resolve("large.gguf");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            file.write(header.flip());
            file.write(ByteBuffer.allocate(1), header.limit() + 64 + weights);
        }
    }

    private ByteBuffer text(String text) {
        return header.putLong(text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void integer(String key, int value) {
        text(key).putInt(4).putInt(value);
    }

    private void tensor(String name, long columns, long rows) {
        text(name + ".weight").putInt(rows == 1 ? 1 : 2).putLong(columns);
        if (rows > 1) {
            header.putLong(rows);
        }
        header.putInt(QuantType.F32.ggmlId()).putLong(weights);
        weights += columns * rows * Float.BYTES;
        weights += -weights & 31;
    }

    @Test
    void weightsThatDoNotFitIntoMemoryStayInTheFile() throws IOException {
        assertThat(Files.size(path)).isGreaterThan(memory);
        try (LlamaModel model = LlamaModel.builder(path).threads(1).load()) {
            assertThat(model.config().layers()).isEqualTo(1);
        }
    }

    @Test
    void askingForThemInMemoryIsRefusedBeforeAnyIsTaken() {
        assertThatThrownBy(() -> LlamaModel.builder(path).weightMemory(WeightMemory.PACKED).load())
                .isInstanceOf(CriaException.class)
                .hasMessage(path + ": the weights take %d bytes, but the machine has %d"
                        + " bytes of memory; load it with WeightMemory.AUTO or MAPPED", weights, memory);
        // in the type that they have already, no byte is saved
        assertThatThrownBy(() -> LlamaModel.builder(path).quantize(QuantType.F32).load())
                .isInstanceOf(CriaException.class).hasMessageContaining("load a file that has been quantised before");
    }
}
