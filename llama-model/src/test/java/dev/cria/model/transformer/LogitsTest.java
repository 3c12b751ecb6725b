package dev.cria.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.golden.Golden;
import dev.cria.model.loading.RandomLlama;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import dev.cria.quant.QuantMix;
import dev.cria.quant.Quantizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Logits of a random model in every weight type, against a transformer in double precision and against each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LogitsTest {
    private static final double TOLERANCE = 2e-4;
    private static final double TOLERANCE_EIGHT_BITS = 1.2;
    private static final double RMS_EIGHT_BITS = 0.2;
    private static final double KL_EIGHT_BITS = 0.012;
    private static final int[] TOKENS = new Random(4).ints(200, 0, RandomLlama.VOCABULARY).toArray();
    private static final int[] FIRST = Arrays.copyOf(TOKENS, 48);

    private Path folder = Path.of("");

    static Stream<String> types() {
        return Stream.of("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
                "Q6_K", "IQ4_NL", "IQ4_XS", "Q4_K_M");
    }

    static Stream<String> typesWithLevels() {
        return Stream.of("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K", "Q4_K_M");
    }

    /** Every matrix has the type of the file's name; Q4_K_M is the usual mixture. */
    @BeforeAll
    void writeModels(@TempDir Path models) {
        folder = models;
        Path original = RandomLlama.of(8, 2, 32, 512, 2, 1).gguf(folder.resolve("model.gguf"));
        types().forEach(type -> {
            try (Checkpoint source = Checkpoint.of(GgufFile.open(original))) {
                Quantizer.to(QuantMix.named(type).orElseThrow()).pure(!type.equals("Q4_K_M")).write(source, file(type));
            }
        });
    }

    private Path file(String type) {
        return folder.resolve(type + ".gguf");
    }

    private TestModel model(String type, Kernels kernels, boolean packed, int threads) {
        return new TestModel(file(type), kernels, packed, threads);
    }

    private TestModel eightBits(String type, Kernels kernels, boolean packed, int threads) {
        return new TestModel(file(type), kernels, packed, ActivationType.Q8, threads);
    }

    private static double[] joined(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    @ParameterizedTest
    @MethodSource("types")
    void agreeWithTheExactAnswerForEveryWeightType(String type) {
        double[] expected = joined(ReferenceTransformer.of(file(type)).logits(FIRST));
        for (boolean packed : new boolean[]{true, false}) {
            try (TestModel model = model(type, Kernels.best(), packed, 2)) {
                float[] actual = model.logits(FIRST, 512);
                assertThat(LogitsDifference.between(actual, expected).largest()).isLessThan(TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("typesWithLevels")
    void areCloseToTheExactAnswerWithActivationsInEightBits(String type) {
        double[][] expected = ReferenceTransformer.of(file(type)).logits(FIRST);
        try (TestModel model = eightBits(type, Kernels.best(), true, 2)) {
            for (int length : new int[]{1, FIRST.length}) {
                LogitsDifference difference = LogitsDifference.between(
                        model.lastLogits(Arrays.copyOf(FIRST, length), 512), expected[length - 1]);
                assertThat(difference.largest()).isLessThan(TOLERANCE_EIGHT_BITS);
                assertThat(difference.divergence()).isLessThan(KL_EIGHT_BITS);
                // and they are in 8 bits
                assertThat(difference.rms()).isBetween(Double.MIN_VALUE, RMS_EIGHT_BITS);
            }
        }
    }

    /** On every machine; the golden data were written where the files of llama.cpp gave the right logits. */
    @Test
    void areTheBitsOfTheGoldenData() {
        StringBuilder lines = new StringBuilder();
        for (ActivationType activations : ActivationType.values()) {
            (activations == ActivationType.F32 ? types() : typesWithLevels()).forEach(type -> {
                try (TestModel model = new TestModel(file(type), Kernels.best(), true, activations, 2)) {
                    lines.append(type).append(" with inputs of ").append(activations).append(": ")
                            .append(LogitsSummary.of(model.logits(FIRST, 512))).append('\n');
                }
            });
        }
        Golden.check("logits.txt", lines.toString());
    }

    @ParameterizedTest
    @MethodSource("typesWithLevels")
    void inEightBitsAreTheSameBitsHoweverTheyAreComputed(String type) {
        try (TestModel one = eightBits(type, Kernels.best(), true, 1);
                TestModel three = eightBits(type, Kernels.best(), true, 3);
                TestModel plain = eightBits(type, Kernels.plain(), true, 2);
                TestModel mapped = eightBits(type, Kernels.best(), false, 2)) {
            float[] expected = one.logits(FIRST, 48);
            for (TestModel model : new TestModel[]{one, three, plain, mapped}) {
                // the plain kernels are slow; they have one way for a row and one for several
                for (int chunk : model == plain ? new int[]{1, 48} : new int[]{1, 2, 7, 48}) {
                    assertThat(model.logits(FIRST, chunk)).as("chunks of %d", chunk).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void areTheSameBitsOnAnyNumberOfThreadsAndForAnyChunksOfThePrompt(String type) {
        float[] expected;
        try (TestModel model = model(type, Kernels.best(), true, 1)) {
            expected = model.logits(TOKENS, 512);
        }
        for (int threads : new int[]{2, 4}) {
            try (TestModel model = model(type, Kernels.best(), true, threads)) {
                for (int chunk : threads == 2 ? new int[]{1, 32} : new int[]{7, 512}) {
                    assertThat(model.logits(TOKENS, chunk)).as("%d threads, chunks of %d", threads, chunk)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void areTheSameBitsWithPlainAndVectorKernelsAndFromTheMapping(String type) {
        try (TestModel vector = model(type, Kernels.best(), true, 2);
                TestModel plain = model(type, Kernels.plain(), true, 2);
                TestModel mapped = model(type, Kernels.best(), false, 2)) {
            float[] expected = vector.logits(FIRST, 48);
            assertThat(plain.logits(FIRST, 48)).isEqualTo(expected);
            assertThat(plain.logits(FIRST, 1)).isEqualTo(expected);
            assertThat(mapped.logits(FIRST, 48)).isEqualTo(expected);
            assertThat(mapped.logits(FIRST, 1)).isEqualTo(expected);
        }
    }

    @Test
    void ofOneSequenceDoNotDependOnOthersInTheBatch() {
        try (TestModel model = model("F32", Kernels.best(), true, 2)) {
            int[] first = Arrays.copyOf(TOKENS, 5);
            int[] second = Arrays.copyOfRange(TOKENS, 50, 57);
            float[] expectedFirst = model.logits(first, 512);
            float[] expectedSecond = model.logits(second, 512);
            Batch batch = new Batch(12);
            KvCache a = new GrowingCache(model.transformer);
            KvCache b = new GrowingCache(model.transformer);
            for (int i = 0; i < first.length; i++) {
                batch.add(first[i], i, a, Batch.Output.LOGITS);
            }
            for (int i = 0; i < second.length; i++) {
                batch.add(second[i], i, b, Batch.Output.LOGITS);
            }
            assertThat(model.run(batch)).startsWith(expectedFirst).endsWith(expectedSecond);
        }
    }
}
