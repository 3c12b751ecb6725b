package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * llama.cpp reads the adapters that Cria writes. Runs by hand: {@code -Dgroups=peer -DexcludedGroups=
 * -Dcria.llama.cpp=COMMAND}, where {@code COMMAND llama-completion ...} runs that tool.
 */
@Tag("peer")
class LlamaCppLoraTest {
    /**
     * The 43rd token is a near tie, 0.0024 between the logarithms of both probabilities, which llama.cpp decides
     * differently on some processors.
     */
    private static final int TOKENS = 40;

    @NeedsFixtures
    @Test
    void tellsTheSameStoryWithAnAdapterThatCriaWrote(@TempDir Path folder, Fixtures fixtures)
            throws IOException, InterruptedException {
        Path base = fixtures.path("models/stories260K.gguf");
        Path file = folder.resolve("adapter.gguf");
        try (LlamaModel model = LlamaModel.load(base)) {
            ModelConfig config = model.config();
            int dim = config.embeddingLength();
            Random random = new Random(5);
            Map<String, LoraFactors> factors = new LinkedHashMap<>();
            factors.put("blk.0.attn_q.weight", factors(random, 3, dim, config.queryLength(), 1.3));
            factors.put("blk.2.ffn_down.weight", factors(random, 9, config.feedForwardLength(), dim, 0.7));
            factors.put("output.weight", factors(random, 5, dim, config.vocabularySize(), 1));
            factors.put("token_embd.weight", factors(random, 5, config.vocabularySize(), dim, 1));
            LoraAdapter.of("mixed", factors).writeGguf(file, config);
            String expected = model.generate("Once upon a time").lora(LoraAdapter.load(file), 1).echo(true)
                    .temperature(0).maxTokens(TOKENS).text();
            assertThat(expected).isNotEqualTo(
                    model.generate("Once upon a time").echo(true).temperature(0).maxTokens(TOKENS).text());
            assertThat(llamaCpp("-m", base.toString(), "--lora", file.toString(), "-p", "Once upon a time", "-n",
                    Integer.toString(TOKENS),
                    "--temp", "0", "-no-cnv", "--no-warmup", "-ctk", "f32", "-ctv", "f32").strip()).isEqualTo(
                            expected.strip());
        }
    }

    private static LoraFactors factors(Random random, int rank, int inputs, int outputs, double scale) {
        float[] a = new float[rank * inputs];
        float[] b = new float[outputs * rank];
        for (int i = 0; i < a.length; i++) {
            a[i] = 0.1f * (float) random.nextGaussian();
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = 0.1f * (float) random.nextGaussian();
        }
        return new LoraFactors(rank, inputs, outputs, scale, a, b);
    }

    private static String llamaCpp(String... arguments) throws IOException, InterruptedException {
        String command = System.getProperty("cria.llama.cpp", "");
        assumeTrue(!command.isEmpty(), "llama.cpp is missing; set -Dcria.llama.cpp=COMMAND");
        ProcessBuilder builder = new ProcessBuilder(command, "llama-completion");
        builder.command().addAll(List.of(arguments));
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(Path.of("/dev/null").toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return out;
    }
}
