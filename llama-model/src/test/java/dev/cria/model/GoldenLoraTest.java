package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A model with an adapter against results computed elsewhere. */
@NeedsFixtures
class GoldenLoraTest {
    private static final double TOLERANCE = 2e-4;

    static Stream<Arguments> files() {
        return Stream.of(Arguments.of("adapter.gguf", Kernels.best()), Arguments.of("adapter.gguf", Kernels.plain()),
                Arguments.of("peft", Kernels.best()), Arguments.of("peft", Kernels.plain()));
    }

    @ParameterizedTest
    @MethodSource("files")
    void logitsAndGreedyTextAreTheReferences(String file, Kernels kernels, Fixtures fixtures) {
        Path base = fixtures.path("models/stories260K.gguf");
        LoraAdapter adapter = LoraAdapter.load(fixtures.path("lora/" + file));
        for (JsonNode example : fixtures.json("lora/index.json").get("cases")) {
            int[] ids = Fixtures.ints(example.get("ids"));
            try (LlamaModel model = LlamaModel.builder(base).kernels(kernels)
                    .lora(adapter, example.get("scale").doubleValue()).load()) {
                float[] expected = fixtures.floats("lora/" + example.get("fp64_file").textValue());
                model.logits(ids, (position, logits) -> {
                    double worst = 0;
                    for (int i = 0; i < logits.length; i++) {
                        worst = Math.max(worst, Math.abs((double) logits[i] - expected[position * logits.length + i]));
                    }
                    assertThat(worst).isCloseTo(0, within(TOLERANCE));
                });
                int[] greedy = Fixtures.ints(example.get("greedy_ids"));
                assertThat(model.generate(example.get("prompt").textValue()).temperature(0).maxTokens(greedy.length)
                        .result().tokens()).containsExactlyElementsOf(IntStream.of(greedy).boxed().toList());
            }
        }
    }
}
