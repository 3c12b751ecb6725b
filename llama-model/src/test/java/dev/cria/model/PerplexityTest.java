package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Perplexity in chunks, against llama.cpp's and a pass in double precision. */
class PerplexityTest {
    private static final double TOLERANCE = 0.001;

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

    @NeedsFixtures
    @Test
    void doesNotDependOnThePromptChunkOrTheThreads(Fixtures fixtures) throws IOException {
        String text = story(fixtures).substring(0, 2000);
        List<Perplexity> results = new ArrayList<>();
        for (int promptChunk : new int[]{7, 64, 258}) {
            try (LlamaModel model = LlamaModel.builder(fixtures.path("models/stories260K.gguf"))
                    .threads(1 + promptChunk % 2)
                    .promptChunk(promptChunk).load()) {
                results.add(model.perplexity(text, 101));
            }
        }
        assertThat(results).containsOnly(results.getFirst());
    }

    @NeedsFixtures
    @Test
    void heedsTheAdaptersOfTheModel(Fixtures fixtures) throws IOException {
        String text = story(fixtures).substring(0, 3000);
        LoraAdapter adapter = LoraAdapter.load(fixtures.path("lora/adapter.gguf"));
        double without;
        try (LlamaModel model = LlamaModel.load(fixtures.path("models/stories260K.gguf"))) {
            without = model.perplexity(text, 64).perplexity();
        }
        try (LlamaModel model = LlamaModel.builder(fixtures.path("models/stories260K.gguf")).lora(adapter, 1).load()) {
            assertThat(model.perplexity(text, 64).perplexity()).isGreaterThan(without);
        }
        try (LlamaModel model = LlamaModel.builder(fixtures.path("models/stories260K.gguf")).lora(adapter, 0).load()) {
            assertThat(model.perplexity(text, 64).perplexity()).isEqualTo(without);
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
        Perplexity result = model.inference.perplexity("once upon a time the end ".repeat(12), context,
                (soFar, chunks) -> {});
        assertThat(result.perplexity()).isCloseTo(FakeModel.SIZE, within(1e-9));
        assertThat(result.standardError()).isCloseTo(0, within(1e-4));
        assertThat(result.chunks()).isEqualTo(result.tokens() / context);
        assertThat(result.scoredTokens()).isEqualTo(result.chunks() * (context - 1 - context / 2));
    }

    @Test
    void refusesWhatCannotBeMeasured() {
        Inference inference = FakeModel.babbling(200).inference;
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
        inference.close();
        assertThatThrownBy(() -> inference.perplexity("x", 3, nobody)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void endsWhenTheThreadIsInterrupted() {
        FakeModel model = FakeModel.babbling(200);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> model.inference.perplexity("once upon a time ".repeat(9), 8, (soFar, chunks) -> {}))
                .isInstanceOf(CriaException.class).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }
}
