package dev.cria.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logits of files of llama.cpp, against those that another program computed of them in double precision. */
@NeedsFixtures
class GoldenLogitsTest {
    private static final double TOLERANCE_F32 = 2e-4;
    private static final double TOLERANCE_OTHER = 5e-4;
    private static final double TOLERANCE_EIGHT_BITS = 1.2;
    private static final double RMS_EIGHT_BITS = 0.2;
    private static final double KL_EIGHT_BITS = 0.012;

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K",
        "Q5_K",
        "Q6_K", "IQ4_NL", "IQ4_XS", "Q4_K_M"})
    void agreeWithTheExactAnswerForEveryWeightType(String type, Fixtures fixtures) {
        JsonNode sequences = fixtures.json("logits/index.json").get("sequences");
        Path file = fixtures.path("logits/random-" + type + ".gguf");
        for (boolean packed : new boolean[]{true, false}) {
            try (TestModel model = new TestModel(file, Kernels.best(), packed, 2)) {
                for (String name : new String[]{"len1", "len48", "len200"}) {
                    float[] expected = fixtures.floats("logits/random-" + type + "." + name + ".fp64.f32.bin");
                    int[] tokens = Fixtures.ints(sequences.get(name));
                    float[] actual = type.equals("F32") ? model.logits(tokens, 512) : model.lastLogits(tokens, 512);
                    assertThat(LogitsDifference.between(actual, expected).largest())
                            .isLessThan(type.equals("F32") ? TOLERANCE_F32 : TOLERANCE_OTHER);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K", "Q4_K_M"})
    void areCloseToTheExactAnswerWithActivationsInEightBits(String type, Fixtures fixtures) {
        JsonNode sequences = fixtures.json("logits/index.json").get("sequences");
        Path file = fixtures.path("logits/random-" + type + ".gguf");
        try (TestModel model = new TestModel(file, Kernels.best(), true, ActivationType.Q8, 2)) {
            for (String name : new String[]{"len1", "len48", "len200"}) {
                float[] expected = fixtures.floats("logits/random-" + type + "." + name + ".fp64.f32.bin");
                LogitsDifference difference = LogitsDifference.between(
                        model.lastLogits(Fixtures.ints(sequences.get(name)), 512), expected);
                assertThat(difference.largest()).isLessThan(TOLERANCE_EIGHT_BITS);
                assertThat(difference.divergence()).isLessThan(KL_EIGHT_BITS);
                // and they are in 8 bits
                assertThat(difference.rms()).isBetween(Double.MIN_VALUE, RMS_EIGHT_BITS);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K.gguf", "stories260K-tied.gguf"})
    void agreeWithTheExactAnswerOnATrainedModel(String name, Fixtures fixtures) {
        JsonNode cases = fixtures.json("logits/index.json").get("stories260K_F32");
        try (TestModel model = new TestModel(fixtures.path("models/" + name), Kernels.best(), true, 2)) {
            for (int i = 0; i < 3; i++) {
                float[] expected = fixtures.floats("logits/stories260K.prompt" + i + ".fp64.f32.bin");
                float[] actual = model.logits(Fixtures.ints(cases.get(i).get("ids")), 512);
                assertThat(LogitsDifference.between(actual, expected).largest()).isLessThan(TOLERANCE_F32);
            }
        }
    }
}
