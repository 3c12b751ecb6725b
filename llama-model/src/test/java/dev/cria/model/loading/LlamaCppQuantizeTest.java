package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LlamaModel;
import dev.cria.model.ModelFile;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantMix;
import dev.cria.quant.QuantType;
import dev.cria.quant.Quantizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * llama.cpp makes the same files and reads those that Cria writes. Runs by hand: {@code -Dgroups=peer -DexcludedGroups=
 * -Dcria.llama.cpp=COMMAND}, where {@code COMMAND llama-quantize ...} runs that tool.
 */
@Tag("peer")
class LlamaCppQuantizeTest {
    private static final int TOKENS = 24;
    private static final int ATTEMPTS = 10;
    private static final String PROMPT = "Once upon a time";

    @TempDir
    private Path folder;

    private static String llamaCpp(String... arguments) throws IOException, InterruptedException {
        String command = System.getProperty("cria.llama.cpp", "");
        assumeTrue(!command.isEmpty(), "llama.cpp is missing; set -Dcria.llama.cpp=COMMAND");
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(Path.of("/dev/null").toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s", line).isZero();
        return out;
    }

    @ParameterizedTest
    @CsvSource({"17, 4, 4, 256, 512, false, F32", "9, 8, 2, 512, 768, true, F16", "6, 6, 6, 288, 768, false, BF16",
        "80, 8, 2, 256, 256, false, F16", "33, 8, 4, 256, 352, true, F32"})
    void writesTheFilesOfLlamaQuantize(int layers, int heads, int kvHeads, int dim, int feedForward, boolean tied,
            QuantType type) throws IOException, InterruptedException {
        Path in = model(layers, heads, kvHeads, dim, feedForward, tied, type);
        Path theirs = folder.resolve("theirs.gguf");
        Path ours = folder.resolve("ours.gguf");
        for (QuantMix mix : QuantMix.values()) {
            // without an importance matrix llama-quantize refuses this one
            if (mix == QuantMix.Q2_K_S) {
                continue;
            }
            for (boolean pure : new boolean[]{false, true}) {
                Stream<String> arguments = Stream.concat(Stream.of("llama-quantize"),
                        pure ? Stream.of("--pure") : Stream.empty());
                llamaCpp(Stream.concat(arguments, Stream.of(in.toString(), theirs.toString(), mix.name(), "2"))
                        .toArray(String[]::new));
                try (Checkpoint source = Checkpoint.of(GgufFile.open(in))) {
                    Quantizer.to(mix).pure(pure).write(source, ours);
                }
                assertThat(Files.mismatch(ours, theirs)).as("%s %s", mix, pure ? "pure" : "").isEqualTo(-1);
            }
        }
    }

    private Path model(int layers, int heads, int kvHeads, int dim, int feedForward, boolean tied, QuantType type) {
        Path file = folder.resolve("in.gguf");
        Random random = new Random(layers);
        try (GgufWriter writer = GgufWriter.create(file)) {
            writer.string("general.architecture", "llama").integer("general.file_type", GgufType.UINT32, 0)
                    .integer("llama.context_length", GgufType.UINT32, 256)
                    .integer("llama.embedding_length", GgufType.UINT32, dim)
                    .integer("llama.block_count", GgufType.UINT32, layers)
                    .integer("llama.feed_forward_length", GgufType.UINT32, feedForward)
                    .integer("llama.attention.head_count", GgufType.UINT32, heads)
                    .integer("llama.attention.head_count_kv", GgufType.UINT32, kvHeads)
                    .number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, 1e-5)
                    .integer("llama.vocab_size", GgufType.UINT32, 300).strings("some.texts", List.of("a", "", "ü"))
                    .bool("some.truth", true);
            List<String> matrices = new ArrayList<>(List.of("token_embd"));
            if (!tied) {
                matrices.add("output");
            }
            writer.tensor("output_norm.weight", QuantType.F32, dim);
            writer.tensor("token_embd.weight", type, dim, 300);
            if (!tied) {
                writer.tensor("output.weight", type, dim, 300);
            }
            int kv = dim / heads * kvHeads;
            for (int i = 0; i < layers; i++) {
                String block = "blk." + i + ".";
                writer.tensor(block + "attn_norm.weight", QuantType.F32, dim)
                        .tensor(block + "ffn_norm.weight", QuantType.F32, dim)
                        .tensor(block + "attn_q.weight", type, dim, dim)
                        .tensor(block + "attn_k.weight", type, dim, kv).tensor(block + "attn_v.weight", type, dim, kv)
                        .tensor(block + "attn_output.weight", type, dim, dim)
                        .tensor(block + "ffn_gate.weight", type, dim, feedForward)
                        .tensor(block + "ffn_up.weight", type, dim, feedForward)
                        .tensor(block + "ffn_down.weight", type, feedForward, dim);
            }
            for (int i = 0; i < layers; i++) {
                String block = "blk." + i + ".";
                for (String norm : List.of("attn_norm", "ffn_norm")) {
                    writer.encode(block + norm + ".weight", weights(random, dim));
                }
                for (String square : List.of("attn_q", "attn_output")) {
                    writer.encode(block + square + ".weight", weights(random, dim * dim));
                }
                for (String small : List.of("attn_k", "attn_v")) {
                    writer.encode(block + small + ".weight", weights(random, dim * kv));
                }
                for (String large : List.of("ffn_gate", "ffn_up", "ffn_down")) {
                    writer.encode(block + large + ".weight", weights(random, dim * feedForward));
                }
            }
            writer.encode("output_norm.weight", weights(random, dim));
            for (String matrix : matrices) {
                writer.encode(matrix + ".weight", weights(random, dim * 300));
            }
            writer.finish();
        }
        return file;
    }

    private static float[] weights(Random random, int count) {
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) (0.03 * random.nextGaussian() * Math.exp(random.nextGaussian() / 2));
        }
        return weights;
    }

    static Stream<String> layouts() {
        return Stream.of("hf-f32", "hf-f32-untied", "hf-f16-pytorch-sharded", "hf-bf16-sharded", "meta-bf16-mp2",
                "meta-f32", "../models/stories260K.bin", "gguf-split");
    }

    @NeedsFixtures
    @ParameterizedTest
    @MethodSource("layouts")
    void tellsTheSameStoryFromAFileThatCriaWrote(String layout, Fixtures fixtures)
            throws IOException, InterruptedException {
        Path file = folder.resolve("out.gguf");
        try (ModelFile source = ModelFile.open(fixtures.path("checkpoints/" + layout))) {
            Quantizer.keepingTypes().write(source.checkpoint(), file);
        }
        sameStory(file);
    }

    @NeedsFixtures
    @ParameterizedTest
    @MethodSource("mixes")
    void tellsTheSameStoryFromEveryMix(QuantMix mix, Fixtures fixtures) throws IOException, InterruptedException {
        Path file = folder.resolve("out.gguf");
        try (ModelFile source = ModelFile.open(fixtures.path("checkpoints/hf-f32"))) {
            Quantizer.to(mix).write(source.checkpoint(), file);
        }
        sameStory(file);
    }

    static Stream<QuantMix> mixes() {
        return Arrays.stream(QuantMix.values());
    }

    /**
     * llama.cpp rounds activations to eight bits where weights are quantised, so that later in a text a near tie may
     * fall the other way.
     */
    private static void sameStory(Path file) throws IOException, InterruptedException {
        try (LlamaModel model = LlamaModel.load(file)) {
            String expected = model.generate(PROMPT).echo(true).temperature(0).maxTokens(TOKENS).text().strip();
            String told = "";
            // now and then llama-completion ends well before it has written everything
            for (int attempt = 0; attempt < ATTEMPTS && !told.equals(expected)
                    && expected.startsWith(told); attempt++) {
                told = llamaCpp("llama-completion", "-m", file.toString(), "-p", PROMPT, "-n", Integer.toString(TOKENS),
                        "--temp", "0", "-no-cnv", "--no-warmup", "-ctk", "f32", "-ctv", "f32").strip();
            }
            assertThat(told).isEqualTo(expected);
        }
    }
}
