package dev.cria.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Golden;
import dev.cria.model.LoraAdapter;
import dev.cria.model.RandomAdapter;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.quant.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokenAdaptersTest {
    private static final ModelConfig CONFIG = new ModelConfig("small", 4, 2, 2, 1, 2, 6, 10, 16, 1e-5f, 10_000, 1);

    @TempDir
    private Path folder = Path.of("");

    private Path gguf(Consumer<GgufWriter> content) {
        Path path = folder.resolve("adapter.gguf");
        try (GgufWriter writer = GgufWriter.create(path)) {
            content.accept(writer);
            writer.finish();
        }
        return path;
    }

    private static GgufWriter header(GgufWriter writer) {
        return writer.string("general.type", "adapter").string("general.architecture", "llama")
                .string("adapter.type", "lora").number("adapter.lora.alpha", GgufType.FLOAT32, 8);
    }

    private static void assertRefused(Path path, String... parts) {
        assertThatThrownBy(() -> LoraAdapter.load(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageContainingAll(parts);
    }

    private void assertGgufRefused(Consumer<GgufWriter> content, String... parts) {
        Path path = gguf(content);
        assertRefused(path, parts);
        assertThatThrownBy(() -> LoraAdapter.load(path)).hasMessageStartingWith(path.toString());
    }

    @Test
    void filesThatAreNoAdaptersAreRefused() {
        assertGgufRefused(writer -> writer.string("general.type", "model"), "general.type", "model");
        assertGgufRefused(writer -> writer.string("general.architecture", "llama"), "general.type is missing");
        assertGgufRefused(writer -> writer.string("general.type", "adapter").string("general.architecture", "qwen2"),
                "general.architecture", "qwen2");
        assertGgufRefused(writer -> writer.string("general.type", "adapter").string("general.architecture", "llama")
                .string("adapter.type", "control"), "adapter.type", "control");
        assertGgufRefused(writer -> writer.string("general.type", "adapter").string("general.architecture", "llama")
                .string("adapter.type", "lora"), "adapter.lora.alpha is missing");
        assertGgufRefused(writer -> header(writer).integers("adapter.alora.invocation_tokens", GgufType.UINT32,
                List.of(1L)), "adapter.alora.invocation_tokens");
        assertGgufRefused(BrokenAdaptersTest::header, "no tensors");
        assertRefused(Golden.tinyModel(), "not a LoRA adapter");
    }

    private static void tensor(GgufWriter writer, String name, long... shape) {
        writer.tensor(name, QuantType.F32, shape);
    }

    @Test
    void tensorsThatDoNotBelongAreNamed() throws IOException {
        Path path = folder.resolve("adapter.gguf");
        record Case(String first, long[] firstShape, String second, long[] secondShape, String... message) {}
        for (Case broken : new Case[]{
            new Case("blk.0.attn_q.weight.lora_a", new long[]{4, 2}, "blk.0.attn_k.weight.lora_b", new long[]{2, 4},
                    "blk.0.attn_q.weight.lora_b is missing"),
            new Case("blk.0.attn_q.weight.lora_a", new long[]{4, 2}, "blk.0.attn_q.weight.lora_b", new long[]{3, 4},
                    "blk.0.attn_q.weight.lora_a has the rank 2", "has 3"),
            new Case("blk.0.attn_q.weight.lora_a", new long[]{8}, "blk.0.attn_q.weight.lora_b", new long[]{2, 4},
                    "blk.0.attn_q.weight.lora_a must have two dimensions"),
            new Case("blk.0.attn_q.weight", new long[]{4, 2}, "blk.0.attn_q.weight.lora_b", new long[]{2, 4},
                    "blk.0.attn_q.weight is not part of a LoRA"),
            new Case("blk.0.attn_norm.weight.lora_a", new long[]{4, 2}, "blk.0.attn_norm.weight.lora_b",
                    new long[]{2, 4}, "would change blk.0.attn_norm.weight"),
            new Case("blk.99999999999.attn_q.weight.lora_a", new long[]{4, 2}, "blk.0.attn_q.weight.lora_b",
                    new long[]{2, 4}, "would change blk.99999999999.attn_q.weight"),
            new Case("blk.0.attn_q.weight.lora_a", new long[]{1, 5000}, "blk.0.attn_q.weight.lora_b",
                    new long[]{5000, 1}, "rank 5000")}) {
            try (GgufWriter writer = GgufWriter.create(path)) {
                header(writer);
                tensor(writer, broken.first, broken.firstShape);
                tensor(writer, broken.second, broken.secondShape);
                writer.encode(broken.first, new float[(int) Arrays.stream(broken.firstShape).reduce(1,
                        Math::multiplyExact)]);
                writer.encode(broken.second, new float[(int) Arrays.stream(broken.secondShape).reduce(1,
                        Math::multiplyExact)]);
                writer.finish();
            }
            assertRefused(path, broken.message);
        }
    }

    private Path peft(String config, Map<String, long[]> tensors) throws IOException {
        Path peft = Files.createDirectories(folder.resolve("peft"));
        Files.writeString(peft.resolve("adapter_config.json"), config);
        try (SafetensorsWriter writer = SafetensorsWriter.create(peft.resolve("adapter_model.safetensors"))) {
            tensors.forEach((name, shape) -> writer.tensor(name, QuantType.F32, shape));
            tensors.forEach((name, shape) -> {
                float[] values = new float[(int) (shape[0] * shape[1])];
                Arrays.fill(values, 1);
                writer.encode(name, values);
            });
            writer.finish();
        }
        return peft;
    }

    private static final String A = "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight";
    private static final String B = "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight";
    private static final Map<String, long[]> PAIR = Map.of(A, new long[]{4, 4}, B, new long[]{4, 4});

    private static String config(String more) {
        return "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8" + more + "}";
    }

    @Test
    void configurationsThatAreNotSupportedAreRefusedByName() throws IOException {
        assertRefused(peft("{\"r\": 4", PAIR), "adapter_config.json", "not JSON");
        assertRefused(peft("[]", PAIR), "adapter_config.json", "object");
        assertRefused(peft("{\"peft_type\": \"IA3\"}", PAIR), "peft_type", "IA3");
        assertRefused(peft("{}", PAIR), "peft_type", "missing");
        assertRefused(peft(config(", \"use_dora\": true"), PAIR), "use_dora");
        assertRefused(peft(config(", \"layer_replication\": [[0, 4]]"), PAIR), "layer_replication");
        assertRefused(peft(config(", \"rank_pattern\": {\"(a+\": 3}"), PAIR), "rank_pattern", "(a+", "Unclosed group");
        assertRefused(peft(config(", \"rank_pattern\": {\".*.*.*.*.*.*.*.*.*!\": 3}"), PAIR), "rank_pattern",
                "takes too long");
        assertRefused(peft(config(", \"rank_pattern\": {\"layers\\\\.[12]\\\\..*\": 3}"), PAIR), A, "rank 4", "says 3");
        assertRefused(peft(config(", \"rank_pattern\": {\"q_proj\": 3}"), PAIR), A, "rank 4", "says 3");
        assertRefused(peft("{\"peft_type\": \"LORA\", \"lora_alpha\": 8}", PAIR), "r is missing");
        assertRefused(peft("{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": \"x\"}", PAIR), "lora_alpha");
    }

    @Test
    void tensorsOfAFolderThatDoNotBelongAreNamed() throws IOException {
        assertRefused(peft(config(""), Map.of()), "no tensors");
        assertRefused(peft(config(""), Map.of(A, new long[]{4, 4})), B, "missing");
        assertRefused(peft(config(""), Map.of(A, new long[]{4, 4}, B, new long[]{4, 3})), A, "rank 4", "3");
        String whole = "base_model.model.lm_head.weight";
        assertRefused(peft(config(""), Map.of(whole, new long[]{4, 4})), whole);
        String norm = "base_model.model.model.layers.1.input_layernorm.lora_A.weight";
        assertRefused(peft(config(""), Map.of(norm, new long[]{4, 4})), norm);
        String bias = "base_model.model.lora_A.weight";
        assertRefused(peft(config(""), Map.of(bias, new long[]{4, 4})), bias);
        assertThatThrownBy(() -> LoraAdapter.load(folder)).isInstanceOf(CriaException.class)
                .hasMessageContaining("there is no file").hasMessageContaining("adapter_config.json");
        assertThatThrownBy(() -> LoraAdapter.load(folder.resolve("none"))).isInstanceOf(CriaException.class)
                .hasMessageContaining("there is no file");
    }

    private LoraFactors loaded(String more) throws IOException {
        return Objects.requireNonNull(
                LoraAdapter.load(peft(config(more), PAIR)).factors(CONFIG).get("blk.1.attn_q.weight"));
    }

    @Test
    void scalesFollowTheConfiguration() throws IOException {
        assertThat(loaded("").scale()).isEqualTo(2);
        assertThat(loaded(", \"use_rslora\": true").scale()).isCloseTo(4, within(1e-12));
        assertThat(loaded(", \"alpha_pattern\": {\"q_proj\": 2}").scale()).isEqualTo(0.5);
        assertThat(loaded(", \"alpha_pattern\": {\"_proj\": 2}").scale()).isEqualTo(2);
        assertThat(loaded(", \"alpha_pattern\": {\"^model.layers.1.self_attn.q_proj\": 2}").scale()).isEqualTo(0.5);
    }

    @Test
    void theRowsOfQueriesArePairedForRope() throws IOException {
        Path path = folder.resolve("peft");
        Files.createDirectories(path);
        Files.writeString(path.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1}");
        ModelConfig config = new ModelConfig("small", 8, 2, 2, 1, 4, 6, 10, 16, 1e-5f, 10_000, 1);
        try (SafetensorsWriter writer = SafetensorsWriter.create(path.resolve("adapter_model.safetensors"))) {
            writer.tensor(A, QuantType.F32, 1, 8).tensor(B, QuantType.F32, 8, 1);
            writer.encode(A, new float[8]);
            writer.encode(B, 0, 1, 2, 3, 4, 5, 6, 7);
            writer.finish();
        }
        LoraAdapter adapter = LoraAdapter.load(path);
        assertThat(Objects.requireNonNull(adapter.factors(config).get("blk.1.attn_q.weight")).b())
                .containsExactly(0, 2, 1, 3, 4, 6, 5, 7);
    }

    @Test
    void changedBytesGiveAnAdapterOrAClearRefusalAndNothingElse() throws IOException {
        LoraAdapter adapter = RandomAdapter.of(CONFIG, 1, 4, 1);
        adapter.writeGguf(folder.resolve("good.gguf"), CONFIG);
        adapter.writePeft(folder.resolve("good"), CONFIG);
        Random random = new Random(4);
        byte[] gguf = Files.readAllBytes(folder.resolve("good.gguf"));
        byte[] tensors = Files.readAllBytes(folder.resolve("good/adapter_model.safetensors"));
        byte[] config = Files.readAllBytes(folder.resolve("good/adapter_config.json"));
        Path peft = Files.createDirectories(folder.resolve("changed"));
        for (int i = 0; i < 300; i++) {
            Files.write(folder.resolve("changed.gguf"), changed(gguf, 6000, random));
            Files.write(peft.resolve("adapter_config.json"),
                    i % 2 == 0 ? config : changed(config, config.length, random));
            Files.write(peft.resolve("adapter_model.safetensors"),
                    i % 2 == 0 ? changed(tensors, 9000, random) : tensors);
            for (Path path : new Path[]{folder.resolve("changed.gguf"), peft}) {
                try {
                    LoraAdapter.load(path).factors(CONFIG);
                } catch (CriaException e) {
                    assertThat(e).hasMessageContaining("changed");
                }
            }
        }
    }

    private static byte[] changed(byte[] good, int header, Random random) {
        byte[] changed = good.clone();
        for (int n = random.nextInt(3) + 1; n > 0; n--) {
            changed[random.nextInt(Math.min(header, good.length))] = (byte) random.nextInt();
        }
        return random.nextInt(10) == 0 ? Arrays.copyOf(changed, random.nextInt(changed.length)) : changed;
    }

    @Test
    void theConfigurationThatIsWrittenNamesRanksAndAlphas() throws IOException {
        LoraFactors q = new LoraFactors(2, 4, 4, 4, new float[8], new float[8]);
        LoraFactors v = new LoraFactors(3, 4, 2, 0.5, new float[12], new float[6]);
        Path written = folder.resolve("written");
        LoraAdapter.of("mixed", Map.of("blk.0.attn_q.weight", q, "blk.1.attn_q.weight", q)).writePeft(written, CONFIG);
        JsonNode config = new ObjectMapper().readTree(written.resolve("adapter_config.json").toFile());
        assertThat(config.get("target_modules")).hasToString("[\"q_proj\"]");
        assertThat(config.get("r").intValue()).isEqualTo(2);
        assertThat(config.get("lora_alpha").intValue()).isEqualTo(8);
        LoraAdapter.of("mixed", Map.of("blk.1.attn_v.weight", v)).writePeft(written, CONFIG);
        config = new ObjectMapper().readTree(written.resolve("adapter_config.json").toFile());
        assertThat(config.get("target_modules")).hasToString("[\"model.layers.1.self_attn.v_proj\"]");
        assertThat(config.get("lora_alpha").doubleValue()).isEqualTo(1.5);
        assertThat((ObjectNode) config.get("rank_pattern")).isEmpty();
    }
}
