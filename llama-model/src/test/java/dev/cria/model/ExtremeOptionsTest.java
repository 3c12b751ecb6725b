package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The smallest and the largest numbers either work or are refused at once, by name, range and value. */
class ExtremeOptionsTest {
    /** An option with a number, and how it is set. */
    record Option(String name, Consumer<Generation> setting) {
        @Override
        public String toString() {
            return name;
        }
    }

    @Provide
    Arbitrary<List<Option>> options() {
        Arbitrary<Integer> ints = Arbitraries.of(Integer.MIN_VALUE, -1, 0, 1, 2, FakeModel.SIZE - 1, FakeModel.SIZE,
                1 << 24, Integer.MAX_VALUE - 1, Integer.MAX_VALUE);
        Arbitrary<Double> doubles = Arbitraries.of(Double.NEGATIVE_INFINITY, -Double.MAX_VALUE, -1.0, -0.0, 0.0,
                Double.MIN_VALUE, 1e-300, 1e-30, 0.5, Math.nextDown(1.0), 1.0, Math.nextUp(1.0), 1e30, 1e300,
                Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NaN);
        Arbitrary<Option> option = Arbitraries.oneOf(
                ints.map(value -> new Option("topK", g -> g.topK(value))),
                ints.map(value -> new Option("penaltyWindow", g -> g.penaltyWindow(value))),
                ints.map(value -> new Option("logprobs", g -> g.logprobs(value))),
                ints.map(value -> new Option("stopTokens", g -> g.stopTokens(value))),
                ints.map(value -> new Option("maxTokens", g -> g.maxTokens(value))),
                doubles.map(value -> new Option("temperature", g -> g.temperature(value))),
                doubles.map(value -> new Option("topP", g -> g.topP(value))),
                doubles.map(value -> new Option("minP", g -> g.minP(value))),
                doubles.map(value -> new Option("typicalP", g -> g.typicalP(value))),
                doubles.map(value -> new Option("repeatPenalty", g -> g.repeatPenalty(value))),
                doubles.map(value -> new Option("frequencyPenalty", g -> g.frequencyPenalty(value))),
                doubles.map(value -> new Option("presencePenalty", g -> g.presencePenalty(value))),
                doubles.map(value -> new Option("logitBias", g -> g.logitBias(7, value))));
        return option.list().ofMinSize(1).ofMaxSize(5);
    }

    @Property(tries = 2000)
    void ofAGenerationWorkTogetherOrAreRefusedByName(@ForAll("options") List<Option> options) {
        Generation generation = FakeModel.babbling(12).language.generate(new int[]{1, 7, 7, 8}).seed(1);
        for (Option option : options) {
            try {
                option.setting.accept(generation);
            } catch (IllegalArgumentException e) {
                assertThat(e).message().startsWith(option.name).contains("must be ").contains(", but was ");
            }
        }
        GenerationResult result = generation.result();
        assertThat(result.finishReason()).isIn(FinishReason.CONTEXT_FULL, FinishReason.MAX_TOKENS,
                FinishReason.STOP_TOKEN);
        assertThat(result.tokens()).allSatisfy(token -> assertThat(token).isBetween(0, FakeModel.SIZE - 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1 << 20, Integer.MAX_VALUE - 1, Integer.MAX_VALUE})
    void aPromptMayBeCutIntoChunksOfAnySize(int chunk, @TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        String prompt = "Once upon a time there was a text";
        try (LlamaModel usual = LlamaModel.load(file);
                LlamaModel model = LlamaModel.builder(file).promptChunk(chunk).load()) {
            assertThat(model.generate(prompt).seed(1).maxTokens(9).text())
                    .isEqualTo(usual.generate(prompt).seed(1).maxTokens(9).text());
            assertThat(model.score(prompt)).isEqualTo(usual.score(prompt));
            assertThat(model.embed(prompt)).isEqualTo(usual.embed(prompt));
            assertThat(model.perplexity(prompt, 8)).isEqualTo(usual.perplexity(prompt, 8));
        }
    }

    @Test
    void theLongestContextWorks(@TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.builder(file).contextLength(1 << 24).load()) {
            assertThat(model.contextLength()).isEqualTo(1 << 24);
            assertThat(model.generate("Once").temperature(0).maxTokens(9).result().tokens()).isNotEmpty();
        }
    }

    @Test
    void ofLoadingAreRefusedByName() {
        LlamaModel.Builder builder = LlamaModel.builder(Path.of("x"));
        for (int tooFew : new int[]{Integer.MIN_VALUE, -1, 0}) {
            assertThatThrownBy(() -> builder.threads(tooFew)).hasMessage("threads must be at least 1, not " + tooFew);
            assertThatThrownBy(() -> builder.contextLength(tooFew))
                    .hasMessage("context length must be at least 1, not " + tooFew);
            assertThatThrownBy(() -> builder.promptChunk(tooFew))
                    .hasMessage("prompt chunk must be at least 1, not " + tooFew);
        }
        for (int tooMany : new int[]{(1 << 24) + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> builder.contextLength(tooMany))
                    .hasMessage("context length must be at most 16777216, not " + tooMany);
        }
    }
}
