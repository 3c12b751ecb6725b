package dev.cria.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsFixtures
class LogitsTest {
    private static final double TOLERANCE_F32 = 2e-4;
    private static final double TOLERANCE_OTHER = 5e-4;
    private static final double TOLERANCE_EIGHT_BITS = 1.2;
    private static final double RMS_EIGHT_BITS = 0.2;
    private static final double KL_EIGHT_BITS = 0.012;

    static Stream<String> types() {
        return Stream.of("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
                "Q6_K",
                "IQ4_NL", "IQ4_XS", "Q4_K_M");
    }

    @ParameterizedTest
    @MethodSource("types")
    void agreeWithTheExactAnswerForEveryWeightType(String type, Fixtures fixtures) {
        JsonNode sequences = fixtures.json("logits/index.json").get("sequences");
        for (boolean packed : new boolean[]{true, false}) {
            try (TestModel model = new TestModel(fixtures.path("logits/random-" + type + ".gguf"), Kernels.best(),
                    packed,
                    2)) {
                for (String name : new String[]{"len1", "len48", "len200"}) {
                    float[] expected = fixtures.floats("logits/random-" + type + "." + name + ".fp64.f32.bin");
                    int[] tokens = Fixtures.ints(sequences.get(name));
                    float[] actual = type.equals("F32") ? model.logits(tokens, 512) : model.lastLogits(tokens, 512);
                    assertClose(actual, expected, type.equals("F32") ? TOLERANCE_F32 : TOLERANCE_OTHER);
                }
            }
        }
    }

    static Stream<String> typesWithLevels() {
        return Stream.of("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K", "Q4_K_M");
    }

    @ParameterizedTest
    @MethodSource("typesWithLevels")
    void areCloseToTheExactAnswerWithActivationsInEightBits(String type, Fixtures fixtures) {
        JsonNode sequences = fixtures.json("logits/index.json").get("sequences");
        try (TestModel model = eightBits(fixtures, type, Kernels.best(), true, 2)) {
            for (String name : new String[]{"len1", "len48", "len200"}) {
                float[] expected = fixtures.floats("logits/random-" + type + "." + name + ".fp64.f32.bin");
                float[] actual = model.lastLogits(Fixtures.ints(sequences.get(name)), 512);
                assertClose(actual, expected, TOLERANCE_EIGHT_BITS);
                double squares = 0;
                for (int i = 0; i < expected.length; i++) {
                    squares += Math.pow((double) actual[i] - expected[i], 2);
                }
                assertThat(Math.sqrt(squares / expected.length)).isLessThan(RMS_EIGHT_BITS);
                assertThat(divergence(expected, actual)).isLessThan(KL_EIGHT_BITS);
                // and they are in 8 bits
                assertThat(squares).isGreaterThan(0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("typesWithLevels")
    void inEightBitsAreTheSameBitsHoweverTheyAreComputed(String type, Fixtures fixtures) {
        int[] tokens = Fixtures.ints(fixtures.json("logits/index.json").get("sequences").get("len48"));
        try (TestModel one = eightBits(fixtures, type, Kernels.best(), true, 1);
                TestModel three = eightBits(fixtures, type, Kernels.best(), true, 3);
                TestModel plain = eightBits(fixtures, type, Kernels.plain(), true, 2);
                TestModel mapped = eightBits(fixtures, type, Kernels.best(), false, 2)) {
            float[] expected = one.logits(tokens, 48);
            for (TestModel model : new TestModel[]{one, three, plain, mapped}) {
                for (int chunk : new int[]{1, 2, 7, 48}) {
                    assertThat(model.logits(tokens, chunk)).as("chunks of %d", chunk).isEqualTo(expected);
                }
            }
        }
    }

    private static TestModel eightBits(Fixtures fixtures, String type, Kernels kernels, boolean packed,
            int threads) {
        return new TestModel(fixtures.path("logits/random-" + type + ".gguf"), kernels, packed, ActivationType.Q8,
                threads);
    }

    /** The Kullback-Leibler divergence of the probabilities of some logits from those of the expected ones. */
    private static double divergence(float[] expected, float[] actual) {
        double[] p = logProbabilities(expected);
        double[] q = logProbabilities(actual);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.exp(p[i]) * (p[i] - q[i]);
        }
        return sum;
    }

    private static double[] logProbabilities(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double[] result = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            result[i] = logits[i] - max - Math.log(sum);
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K.gguf", "stories260K-tied.gguf"})
    void agreeWithTheExactAnswerOnATrainedModel(String name, Fixtures fixtures) {
        JsonNode index = fixtures.json("logits/index.json");
        try (TestModel model = new TestModel(fixtures.path("models/" + name), Kernels.best(), true, 2)) {
            JsonNode cases = index.get("stories260K_F32");
            for (int i = 0; i < 3; i++) {
                float[] expected = fixtures.floats("logits/stories260K.prompt" + i + ".fp64.f32.bin");
                int[] tokens = Fixtures.ints(promptIds(cases, i));
                assertClose(model.logits(tokens, 512), expected, TOLERANCE_F32);
            }
        }
    }

    private static JsonNode promptIds(JsonNode cases, int i) {
        JsonNode prompts = cases.has("prompts") ? cases.get("prompts") : cases;
        JsonNode prompt = prompts.isArray() ? prompts.get(i) : prompts.get("prompt" + i);
        return prompt.has("ids") ? prompt.get("ids") : prompt;
    }

    @ParameterizedTest
    @MethodSource("types")
    void areTheSameBitsOnAnyNumberOfThreadsAndForAnyChunksOfThePrompt(String type, Fixtures fixtures) {
        int[] tokens = Fixtures.ints(fixtures.json("logits/index.json").get("sequences").get("len200"));
        float[] expected;
        try (TestModel model = new TestModel(fixtures.path("logits/random-" + type + ".gguf"), Kernels.best(), true,
                1)) {
            expected = model.logits(tokens, 512);
        }
        for (int threads : new int[]{2, 4}) {
            try (TestModel model = new TestModel(fixtures.path("logits/random-" + type + ".gguf"), Kernels.best(), true,
                    threads)) {
                for (int chunk : threads == 2 ? new int[]{1, 32} : new int[]{7, 512}) {
                    assertThat(model.logits(tokens, chunk)).as("%d threads, chunks of %d", threads, chunk)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void areTheSameBitsWithPlainAndVectorKernelsAndFromTheMapping(String type, Fixtures fixtures) {
        int[] tokens = Fixtures.ints(fixtures.json("logits/index.json").get("sequences").get("len48"));
        try (TestModel vector = new TestModel(fixtures.path("logits/random-" + type + ".gguf"), Kernels.best(), true,
                2);
                TestModel plain = new TestModel(fixtures.path("logits/random-" + type + ".gguf"), Kernels.plain(), true,
                        2);
                TestModel mapped = new TestModel(fixtures.path("logits/random-" + type + ".gguf"), Kernels.best(),
                        false,
                        2)) {
            float[] expected = vector.logits(tokens, 48);
            assertThat(plain.logits(tokens, 48)).isEqualTo(expected);
            assertThat(plain.logits(tokens, 1)).isEqualTo(expected);
            assertThat(mapped.logits(tokens, 48)).isEqualTo(expected);
            assertThat(mapped.logits(tokens, 1)).isEqualTo(expected);
        }
    }

    @Test
    void ofOneSequenceDoNotDependOnOthersInTheBatch(Fixtures fixtures) {
        try (TestModel model = new TestModel(fixtures.path("models/stories260K.gguf"), Kernels.best(), true, 2)) {
            int[] first = {1, 403, 407, 261, 378};
            int[] second = {1, 385, 410, 300, 264, 286, 399};
            float[] expectedFirst = model.logits(first, 512);
            float[] expectedSecond = model.logits(second, 512);
            Transformer transformer = model.transformer;
            Batch batch = new Batch(12);
            KvCache a = transformer.newCache();
            KvCache b = transformer.newCache();
            for (int i = 0; i < first.length; i++) {
                batch.add(first[i], i, a, true);
            }
            for (int i = 0; i < second.length; i++) {
                batch.add(second[i], i, b, true);
            }
            float[] logits = new float[batch.size() * transformer.vocabularySize()];
            transformer.run(batch, logits, () -> false);
            assertThat(logits).startsWith(expectedFirst).endsWith(expectedSecond);
        }
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) actual[i] - expected[i]));
        }
        assertThat(worst).isCloseTo(0, within(tolerance));
    }
}
