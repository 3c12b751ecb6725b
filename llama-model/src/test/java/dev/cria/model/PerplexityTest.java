package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.transformer.ReferenceTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Perplexity in chunks, against llama.cpp's and a pass in double precision. */
class PerplexityTest {
    private static final double TOLERANCE = 0.001;
    private static final String TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(6);

    private static String story(Fixtures fixtures) throws IOException {
        return Files.readString(fixtures.path("perplexity/story.txt"));
    }

    @NeedsFixtures
    @ParameterizedTest
    @CsvSource({"true, 258, 2", "false, 258, 1", "true, 100, 2"})
    void runsAsLlamaCppsDoes(boolean best, int promptChunk, int threads, Fixtures fixtures) throws IOException {
        JsonNode golden = fixtures.json("perplexity/story.json");
        List<Double> running = new ArrayList<>();
        try (LlamaModel model = LlamaModel.builder(fixtures.path("models/stories260K.gguf")).threads(threads)
                .kernels(best ? Kernels.best() : Kernels.plain()).promptChunk(promptChunk).load()) {
            Perplexity result = model.perplexity(story(fixtures), golden.get("n_ctx").intValue(), (soFar, chunks) -> {
                assertThat(chunks).isEqualTo(golden.get("chunks").intValue());
                running.add(soFar.perplexity());
            });
            assertThat(result.perplexity()).isCloseTo(golden.get("final_fp64").doubleValue(), within(TOLERANCE))
                    .isCloseTo(golden.at("/llama_perplexity_tool/f32_kv/final").doubleValue(), within(TOLERANCE));
            assertThat(result.standardError()).isCloseTo(
                    golden.at("/llama_perplexity_tool/f32_kv/stderr").doubleValue(), within(1e-4));
            assertThat(result.tokens()).isEqualTo(golden.get("tokens_with_bos").intValue());
            assertThat(result.scoredTokens()).isEqualTo(golden.get("scored_tokens").intValue());
            assertThat(result.chunks()).isEqualTo(golden.get("chunks").intValue());
        }
        for (int i = 0; i < running.size(); i++) {
            assertThat(running.get(i)).isCloseTo(golden.get("running_fp64").get(i).doubleValue(), within(TOLERANCE));
        }
        assertThat(running).hasSize(golden.get("running_fp64").size());
    }

    @ParameterizedTest
    @CsvSource({"true, 24, 2", "false, 24, 1", "true, 7, 2"})
    void isWhatATransformerInDoublePrecisionFinds(boolean best, int promptChunk, int threads, @TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        int context = 24;
        List<Double> running = new ArrayList<>();
        try (LlamaModel model = LlamaModel.builder(file).threads(threads).promptChunk(promptChunk)
                .kernels(best ? Kernels.best() : Kernels.plain()).load()) {
            int[] tokens = IntStream.concat(IntStream.of(1), IntStream.of(model.tokenizer().encode(TEXT))).toArray();
            Perplexity result = model.perplexity(TEXT, context, (soFar, chunks) -> running.add(soFar.perplexity()));

            ReferenceTransformer reference = ReferenceTransformer.of(file);
            List<Double> losses = new ArrayList<>();
            for (int chunk = 0; chunk < tokens.length / context; chunk++) {
                int[] part = Arrays.copyOfRange(tokens, chunk * context, (chunk + 1) * context);
                part[0] = 1;
                double[][] logits = reference.logits(part);
                // only tokens with half of the context before them are scored
                for (int i = context / 2; i < context - 1; i++) {
                    losses.add(-logProbability(logits[i], part[i + 1]));
                }
                assertThat(running.get(chunk)).isCloseTo(Math.exp(mean(losses)), withinPercentage(0.01));
            }
            double mean = mean(losses);
            double variance = mean(losses.stream().map(loss -> loss * loss).toList()) - mean * mean;
            assertThat(result.perplexity()).isCloseTo(Math.exp(mean), withinPercentage(0.01));
            assertThat(result.standardError()).isCloseTo(
                    Math.exp(mean) * Math.sqrt(variance / (losses.size() - 1)), withinPercentage(0.1));
            assertThat(result.tokens()).isEqualTo(tokens.length);
            assertThat(result.scoredTokens()).isEqualTo(losses.size());
        }
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(value -> value).average().orElseThrow();
    }

    private static double logProbability(double[] logits, int token) {
        return logits[token] - Math.log(Arrays.stream(logits).map(Math::exp).sum());
    }

    @Test
    void doesNotDependOnThePromptChunkOrTheThreads(@TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        List<Perplexity> results = new ArrayList<>();
        for (int promptChunk : new int[]{7, 64, 258}) {
            try (LlamaModel model = LlamaModel.builder(file).threads(1 + promptChunk % 2).promptChunk(promptChunk)
                    .load()) {
                results.add(model.perplexity(TEXT, 101));
            }
        }
        assertThat(results).containsOnly(results.getFirst());
    }

    @Test
    void heedsTheAdaptersOfTheModel(@TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        double without;
        LoraAdapter adapter;
        try (LlamaModel model = LlamaModel.load(file)) {
            without = model.perplexity(TEXT, 64).perplexity();
            adapter = RandomAdapter.of(model.config(), 1, 8, 1);
        }
        try (LlamaModel model = LlamaModel.builder(file).lora(adapter, 1).load()) {
            assertThat(model.perplexity(TEXT, 64).perplexity()).isNotCloseTo(without, withinPercentage(1));
        }
        try (LlamaModel model = LlamaModel.builder(file).lora(adapter, 0).load()) {
            assertThat(model.perplexity(TEXT, 64).perplexity()).isEqualTo(without);
        }
    }

    /** Every token as probable as any other: the perplexity is the size of the vocabulary, and without error. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 7, 8, 20})
    void isTheSizeOfTheVocabularyWhereNothingIsKnown(int context) {
        FakeModel model = new FakeModel(200, 8, tokens -> {
            assertThat(tokens.getFirst()).isEqualTo(FakeModel.BOS);
            assertThat(tokens.size()).isLessThan(context);
            return new float[FakeModel.SIZE];
        });
        Perplexity result = model.computed.perplexity("once upon a time the end ".repeat(12), context,
                (soFar, chunks) -> {});
        assertThat(result.perplexity()).isCloseTo(FakeModel.SIZE, within(1e-9));
        assertThat(result.standardError()).isCloseTo(0, within(1e-4));
        assertThat(result.chunks()).isEqualTo(result.tokens() / context);
        assertThat(result.scoredTokens()).isEqualTo(result.chunks() * (context - 1 - context / 2));
    }

    @Test
    void refusesWhatCannotBeMeasured() {
        FakeModel model = FakeModel.babbling(200);
        ComputedAnswers inference = model.computed;
        PerplexityListener nobody = (soFar, chunks) -> {};
        assertThatThrownBy(() -> inference.perplexity("once upon", 16, nobody)).isInstanceOf(CriaException.class)
                .hasMessage("at least 32 tokens are needed to measure perplexity with a context of 16, but the text has"
                        + " only 3");
        assertThatThrownBy(() -> inference.perplexity("", 3, nobody)).isInstanceOf(CriaException.class)
                .hasMessageContaining("only 1");
        assertThatIllegalArgumentException().isThrownBy(() -> inference.perplexity("x", 201, nobody))
                .withMessageContaining("201").withMessageContaining("200");
        assertThatIllegalArgumentException().isThrownBy(() -> inference.perplexity("x", 2, nobody))
                .withMessageContaining("at least 3");
        model.engine.close();
        assertThatThrownBy(() -> inference.perplexity("once upon a time the end", 3, nobody))
                .isInstanceOf(IllegalStateException.class).hasMessage("the model has been closed");
    }

    @Test
    void endsWhenTheThreadIsInterrupted() {
        FakeModel model = FakeModel.babbling(200);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> model.computed.perplexity("once upon a time ".repeat(9), 8, (soFar, chunks) -> {}))
                .isInstanceOf(CriaException.class).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }
}
