package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.model.ModelFile;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.TokenType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models in their true sizes, with the same random weights in every layer, which take minutes and tens of gigabytes of
 * disk. They run in a process with a heap of 1 GB: {@code -Dtest=LargeModelsTest -Dgroups=slow -DexcludedGroups=
 * -Djava.io.tmpdir=DIRECTORY}.
 */
@Tag("slow")
class LargeModelsTest {
    private static final int VOCABULARY = 32_000;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    @TempDir
    private Path folder = Path.of("");

    private void needsDisk(long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        assumeTrue(free > bytes + 10_000_000_000L, () -> "this needs " + bytes + " bytes of disk, and 10 GB to spare");
    }

    /** Llama 2 70B has 80 layers of width 8192, 64 heads on 8 of keys and values, and an inner width of 28672. */
    @Test
    void a70BModelGeneratesFromTheMappingOfAFileThatMayBeLargerThanMemory() throws IOException, InterruptedException {
        needsDisk(39_000_000_000L);
        int dim = 8192;
        int ffn = 28_672;
        Map<String, long[]> matrices = Map.of("attn_q", new long[]{dim, dim}, "attn_k", new long[]{dim, 1024}, "attn_v",
                new long[]{dim, 1024}, "attn_output", new long[]{dim, dim}, "ffn_gate", new long[]{dim, ffn}, "ffn_up",
                new long[]{dim, ffn}, "ffn_down", new long[]{ffn, dim});
        Path path = folder.resolve("70B-Q4_0.gguf");
        try (GgufWriter writer = GgufWriter.create(path); Arena arena = Arena.ofConfined()) {
            describe(writer, dim, ffn, 80, 64, 8);
            writer.tensor("token_embd.weight", QuantType.Q4_0, dim, VOCABULARY);
            writer.tensor("output.weight", QuantType.Q4_0, dim, VOCABULARY);
            writer.tensor("output_norm.weight", QuantType.F32, dim);
            for (int layer = 0; layer < 80; layer++) {
                String block = "blk." + layer + ".";
                writer.tensor(block + "attn_norm.weight", QuantType.F32, dim);
                writer.tensor(block + "ffn_norm.weight", QuantType.F32, dim);
                matrices.forEach((name, shape) -> writer.tensor(block + name + ".weight", QuantType.Q4_0, shape));
            }
            MemorySegment large = blocks(arena, (long) dim * VOCABULARY);
            float[] ones = new float[dim];
            Arrays.fill(ones, 1);
            writer.write("token_embd.weight", large);
            writer.write("output.weight", large);
            writer.encode("output_norm.weight", ones);
            for (int layer = 0; layer < 80; layer++) {
                String block = "blk." + layer + ".";
                writer.encode(block + "attn_norm.weight", ones);
                writer.encode(block + "ffn_norm.weight", ones);
                matrices.forEach((name, shape) -> writer.write(block + name + ".weight",
                        large.asSlice(0, QuantType.Q4_0.rowBytes(shape[0] * shape[1]))));
            }
            writer.finish();
        }
        try (ModelFile file = ModelFile.open(path)) {
            assertThat(file.parameters()).isBetween(68_900_000_000L, 69_000_000_000L);
        }
        assertThat(run(path, "3")).contains("generated 3 tokens");
    }

    /** Llama 2 13B as Meta gives it away: two files of 13 GB. */
    @Test
    void a13BFolderOfTwoShardsLoadsWithAHeapOf1GB() throws IOException, InterruptedException {
        needsDisk(26_100_000_000L);
        int dim = 5120;
        int ffn = 13_824;
        int layers = 40;
        Map<Integer, byte[]> data = new HashMap<>();
        for (int shard = 0; shard < 2; shard++) {
            TorchArchive archive = new TorchArchive();
            add(archive, data, "tok_embeddings", VOCABULARY, dim / 2);
            add(archive, data, "output", VOCABULARY / 2, dim);
            add(archive, data, "norm", dim);
            for (int layer = 0; layer < layers; layer++) {
                String block = "layers." + layer + ".";
                add(archive, data, block + "attention_norm", dim);
                add(archive, data, block + "ffn_norm", dim);
                add(archive, data, block + "attention.wq", dim / 2, dim);
                add(archive, data, block + "attention.wk", dim / 2, dim);
                add(archive, data, block + "attention.wv", dim / 2, dim);
                add(archive, data, block + "attention.wo", dim, dim / 2);
                add(archive, data, block + "feed_forward.w1", ffn / 2, dim);
                add(archive, data, block + "feed_forward.w2", dim, ffn / 2);
                add(archive, data, block + "feed_forward.w3", ffn / 2, dim);
            }
            archive.write(folder.resolve("consolidated.0" + shard + ".pth"));
        }
        Files.writeString(folder.resolve("params.json"), "{\"dim\": " + dim + ", \"multiple_of\": 256, \"n_heads\": 40,"
                + " \"n_layers\": " + layers + ", \"norm_eps\": 1e-05, \"vocab_size\": -1}");
        RandomLlama.tokenizer(folder.resolve("tokenizer.model"));
        try (ModelFile file = ModelFile.open(folder)) {
            assertThat(file.parameters()).isBetween(13_000_000_000L, 13_100_000_000L);
        }
        assertThat(run(folder, "3", "Q4_0")).contains("generated 3 tokens");
        assertThat(run(folder, "1")).contains("generated 1 tokens");
    }

    private static void describe(GgufWriter writer, int dim, int ffn, int layers, int heads, int kvHeads) {
        List<String> pieces = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<Long> types = new ArrayList<>(List.of((long) TokenType.UNKNOWN.number(),
                (long) TokenType.CONTROL.number(), (long) TokenType.CONTROL.number()));
        for (int id = 3; id < VOCABULARY; id++) {
            pieces.add(id < 259 ? "<0x%02X>".formatted(id - 3) : "piece" + id);
            types.add((long) (id < 259 ? TokenType.BYTE : TokenType.NORMAL).number());
        }
        writer.string("general.architecture", "llama").integer("llama.context_length", GgufType.UINT32, 4096)
                .integer("llama.embedding_length", GgufType.UINT32, dim)
                .integer("llama.block_count", GgufType.UINT32, layers)
                .integer("llama.feed_forward_length", GgufType.UINT32, ffn)
                .integer("llama.attention.head_count", GgufType.UINT32, heads)
                .integer("llama.attention.head_count_kv", GgufType.UINT32, kvHeads)
                .number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, 1e-5)
                .string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", pieces)
                .numbers("tokenizer.ggml.scores", GgufType.FLOAT32, pieces.stream().map(_ -> 0.0).toList())
                .integers("tokenizer.ggml.token_type", GgufType.INT32, types);
    }

    /** Blocks of Q4_0 with random levels and one scale, which makes weights of the size that trained ones have. */
    private static MemorySegment blocks(Arena arena, long weights) {
        MemorySegment blocks = arena.allocate(QuantType.Q4_0.rowBytes(weights));
        byte[] levels = new byte[(int) blocks.byteSize()];
        new Random(1).nextBytes(levels);
        MemorySegment.copy(levels, 0, blocks, ValueLayout.JAVA_BYTE, 0, levels.length);
        for (long at = 0; at < blocks.byteSize(); at += QuantType.Q4_0.blockBytes()) {
            blocks.set(SHORT, at, Float.floatToFloat16(0.0024f));
        }
        return blocks;
    }

    /** Random 16-bit floats between 1/128 and 1/64, of both signs; tensors of one size share them. */
    private static void add(TorchArchive archive, Map<Integer, byte[]> data, String name, int... shape) {
        int count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        archive.addHalves(name + ".weight", data.computeIfAbsent(count, size -> {
            byte[] bytes = new byte[2 * size];
            new Random(size).nextBytes(bytes);
            for (int at = 1; at < bytes.length; at += 2) {
                bytes[at] = (byte) ((bytes[at] & 0x83) | 0x20);
            }
            return bytes;
        }), shape);
    }

    private String run(Path path, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-Xmx1g", "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), LargeModelRun.class.getName(), path.toString()));
        command.addAll(List.of(arguments));
        Path log = Files.createTempFile("large-model", ".log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(15, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(log, StandardCharsets.UTF_8);
        System.out.println(path.getFileName() + " " + List.of(arguments) + "\n" + said);
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}
