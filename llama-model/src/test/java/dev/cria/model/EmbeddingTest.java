package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.transformer.ReferenceTransformer;
import dev.cria.quant.GgufFile;
import dev.cria.quant.WeightTensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddingTest {
    /**
     * Logits are the output matrix times the hidden state, so those of the exact computation fix the embedding's
     * direction.
     */
    @NeedsFixtures
    @ParameterizedTest
    @EnumSource(Pooling.class)
    void theOutputMatrixMakesTheExactLogitsOfIt(Pooling pooling, Fixtures fixtures) {
        JsonNode prompts = fixtures.json("logits/index.json").get("stories260K_F32");
        try (LlamaModel model = LlamaModel.load(fixtures.path("models/stories260K.gguf"));
                GgufFile file = GgufFile.open(fixtures.path("models/stories260K.gguf"))) {
            WeightTensor output = Objects.requireNonNull(file.tensors().get("output.weight"));
            int vocabulary = model.config().vocabularySize();
            for (int i = 0; i < 3; i++) {
                float[] logits = fixtures.floats("logits/stories260K.prompt" + i + ".fp64.f32.bin");
                int positions = logits.length / vocabulary;
                double[] expected = new double[vocabulary];
                for (int at = pooling == Pooling.LAST ? positions - 1 : 0; at < positions; at++) {
                    for (int token = 0; token < vocabulary; token++) {
                        expected[token] += logits[at * vocabulary + token];
                    }
                }
                float[] embedding = model.embed(prompts.get(i).get("text").textValue(), pooling);
                double[] actual = new double[vocabulary];
                float[] row = new float[embedding.length];
                for (int token = 0; token < vocabulary; token++) {
                    output.decode(token, 0, row.length, row, 0);
                    for (int k = 0; k < row.length; k++) {
                        actual[token] += row[k] * embedding[k];
                    }
                }
                double scale = length(expected) / length(actual);
                for (int token = 0; token < vocabulary; token++) {
                    double tolerance = 1e-5 * length(expected);
                    assertThat(scale * actual[token]).isCloseTo(expected[token], within(tolerance));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void isTheDirectionOfWhatATransformerInDoublePrecisionFinds(Pooling pooling, @TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(file)) {
            int[] tokens = model.generate("A text.").maxTokens(0).result().promptTokens().stream().mapToInt(id -> id)
                    .toArray();
            double[][] hidden = ReferenceTransformer.of(file).hidden(tokens);
            double[] expected = new double[SmallModelFile.DIM];
            for (int at = pooling == Pooling.LAST ? tokens.length - 1 : 0; at < tokens.length; at++) {
                for (int k = 0; k < expected.length; k++) {
                    expected[k] += hidden[at][k];
                }
            }
            float[] actual = model.embed("A text.", pooling);
            double length = length(expected);
            for (int k = 0; k < expected.length; k++) {
                assertThat((double) actual[k]).isCloseTo(expected[k] / length, within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void isOfLengthOneAndTheSameBitsForAnyThreadsAndChunks(Pooling pooling, @TempDir Path folder) {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        String text = "A text that is longer than a chunk of seven tokens.";
        float[] expected;
        try (LlamaModel model = LlamaModel.builder(file).threads(1).load()) {
            expected = model.embed(text, pooling);
            assertThat(model.embed(text + "!", pooling)).isNotEqualTo(expected);
        }
        assertThat(expected).hasSize(SmallModelFile.DIM);
        double[] wide = new double[expected.length];
        Arrays.setAll(wide, i -> expected[i]);
        assertThat(length(wide)).isCloseTo(1, within(1e-6));
        try (LlamaModel model = LlamaModel.builder(file).threads(3).promptChunk(7).kernels(Kernels.plain()).load()) {
            assertThat(model.embed(text, pooling)).isEqualTo(expected);
        }
    }

    @Test
    void isTheMeanUnlessAskedOtherwise(@TempDir Path folder) {
        try (LlamaModel model = LlamaModel.load(new SmallModelFile().write(folder.resolve("model.gguf")))) {
            assertThat(model.embed("abc")).isEqualTo(model.embed("abc", Pooling.MEAN))
                    .isNotEqualTo(model.embed("abc", Pooling.LAST));
        }
    }

    @Test
    void refusesMoreThanTheContext(@TempDir Path folder) {
        try (LlamaModel model = LlamaModel
                .load(new SmallModelFile().contextLength(8).write(folder.resolve("model.gguf")))) {
            assertThatThrownBy(() -> model.embed("longer than that")).isInstanceOf(ContextOverflowException.class);
        }
    }

    private static double length(double[] vector) {
        return Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
    }
}
