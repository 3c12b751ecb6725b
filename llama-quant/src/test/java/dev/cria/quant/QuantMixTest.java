package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every matrix gets the type that llama.cpp gives it. */
class QuantMixTest {
    private static final Path FILE = Path.of("model.gguf");

    /** One line of the golden table: a model's shape, and the type of each of its tensors. */
    record Case(String shape, String mix, boolean pure, Map<String, QuantType> types) {
        @Override
        public String toString() {
            return mix + (pure ? " pure" : "") + " of " + shape;
        }

        /** A model of this shape without its data. */
        Checkpoint model() {
            String[] words = shape.split(" ");
            long layers = Long.parseLong(words[0]);
            long heads = Long.parseLong(words[2]);
            long kvHeads = Long.parseLong(words[4]);
            long dim = Long.parseLong(words[6]);
            long feedForward = Long.parseLong(words[8]);
            QuantType type = QuantType.valueOf(words[11]);
            SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
            add(tensors, "output_norm.weight", QuantType.F32, dim);
            // not in the order of layers
            for (long i = layers - 1; i >= 0; i--) {
                String block = "blk." + i + ".";
                add(tensors, block + "ffn_down.weight", type, feedForward, dim);
                add(tensors, block + "attn_norm.weight", QuantType.F32, dim);
                for (String name : List.of("attn_q", "attn_output")) {
                    add(tensors, block + name + ".weight", type, dim, dim);
                }
                for (String name : List.of("attn_k", "attn_v")) {
                    add(tensors, block + name + ".weight", type, dim, dim / heads * kvHeads);
                }
                for (String name : List.of("ffn_gate", "ffn_up")) {
                    add(tensors, block + name + ".weight", type, dim, feedForward);
                }
                add(tensors, block + "ffn_norm.weight", QuantType.F32, dim);
            }
            add(tensors, "token_embd.weight", type, dim, 300L);
            if (words[10].equals("untied")) {
                add(tensors, "output.weight", type, dim, 300L);
            }
            GgufMetadata metadata = GgufMetadata.builder(FILE).string("general.architecture", "llama")
                    .integer("llama.block_count", layers).integer("llama.attention.head_count", heads)
                    .integer("llama.attention.head_count_kv", kvHeads).build();
            return new Checkpoint(FILE, "test", metadata, tensors, () -> {});
        }
    }

    private static void add(SequencedMap<String, StoredTensor> tensors, String name, QuantType type, Long... shape) {
        tensors.put(name, new WeightTensor(name, type, List.of(shape), FILE, 0, MemorySegment.NULL));
    }

    static List<Case> cases() {
        try (InputStream in = Objects.requireNonNull(QuantMixTest.class.getResourceAsStream("mixes.txt"))) {
            List<Case> cases = new ArrayList<>();
            String shape = "";
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
                if (line.startsWith("shape ")) {
                    shape = line.substring(6);
                } else if (!line.startsWith("#")) {
                    String[] parts = line.split(": ");
                    boolean pure = parts[0].endsWith(" pure");
                    cases.add(new Case(shape, parts[0].replace(" pure", ""), pure, types(parts[1])));
                }
            }
            return cases;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, QuantType> types(String line) {
        Map<String, QuantType> types = new LinkedHashMap<>();
        for (String part : line.split("; ")) {
            String[] words = part.split(" ");
            if (words[0].equals("embd") || words[0].equals("output")) {
                types.put(words[0].equals("embd") ? "token_embd.weight" : "output.weight",
                        QuantType.valueOf(words[1]));
                continue;
            }
            int layer = 0;
            for (String run : List.of(words).subList(1, words.length)) {
                int end = layer + Integer.parseInt(run.substring(0, run.indexOf('x')));
                for (; layer < end; layer++) {
                    types.put("blk." + layer + "." + words[0] + ".weight",
                            QuantType.valueOf(run.substring(run.indexOf('x') + 1)));
                }
            }
        }
        return types;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givesEveryMatrixTheTypeThatLlamaCppGivesIt(Case golden) {
        SequencedMap<String, QuantType> types = QuantMix.valueOf(golden.mix).types(golden.model(), golden.pure);
        types.forEach((name, type) -> assertThat(type).as(name)
                .isEqualTo(golden.types.getOrDefault(name, QuantType.F32)));
        assertThat(types.keySet()).containsAll(golden.types.keySet());
    }

    @Test
    void ordersTensorsByLayerAndName() {
        Case golden = cases().getFirst();
        assertThat(golden.model().tensors().sequencedKeySet().getFirst()).isEqualTo("output_norm.weight");
        assertThat(QuantMix.Q4_0.types(golden.model(), false).keySet().stream().limit(5)).containsExactly(
                "output.weight", "output_norm.weight", "token_embd.weight", "blk.0.attn_k.weight",
                "blk.0.attn_norm.weight");
        assertThat(QuantMix.Q4_0.types(golden.model(), false).sequencedKeySet().getLast())
                .isEqualTo("blk.16.ffn_up.weight");
    }

    @Test
    void knowsNamesAndTheirShortForms() {
        for (QuantMix mix : QuantMix.values()) {
            assertThat(QuantMix.named(mix.name())).contains(mix);
        }
        assertThat(QuantMix.named("q4_k_m")).contains(QuantMix.Q4_K_M);
        assertThat(Stream.of("Q3_K", "Q4_K", "Q5_K").map(QuantMix::named).map(mix -> mix.orElseThrow().name()))
                .containsExactly("Q3_K_M", "Q4_K_M", "Q5_K_M");
        assertThat(QuantMix.named("Q7_K")).isEmpty();
    }

    @Test
    void aRowThatFitsNoBlockBecomesF16() {
        SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
        add(tensors, "blk.0.ffn_down.weight", QuantType.F32, 172L, 64L);
        Checkpoint model = new Checkpoint(FILE, "test", GgufMetadata.builder(FILE).build(), tensors, () -> {});
        for (QuantMix mix : QuantMix.values()) {
            assertThat(mix.types(model, false).get("blk.0.ffn_down.weight"))
                    .isEqualTo(mix.base().blockSize() == 1 ? mix.base() : QuantType.F16);
        }
    }
}
