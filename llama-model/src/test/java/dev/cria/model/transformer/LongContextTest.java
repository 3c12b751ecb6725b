package dev.cria.model.transformer;

import static dev.cria.model.SmallModelFile.uint32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.Kernels;
import dev.cria.model.SmallModelFile;
import dev.cria.quant.GgufType;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What lets models of the family read long texts, against a transformer in double precision. */
class LongContextTest {
    private static final double TOLERANCE = 2e-4;
    private static final int[] TOKENS = new Random(5).ints(150, 3, 260).toArray();
    private static final int ALL = Integer.MAX_VALUE;

    @TempDir
    private Path folder;

    private static double usual(int pair) {
        return Math.pow(10_000, -2.0 * pair / SmallModelFile.HEAD_LENGTH);
    }

    private void assertLogits(SmallModelFile file, IntToDoubleFunction frequency, double magnitude, int window) {
        Path path = file.write(folder.resolve("model.gguf"));
        ReferenceTransformer plain = ReferenceTransformer.of(path);
        double[][] expected = new ReferenceTransformer(plain.config(), plain.weights(), frequency, magnitude, window)
                .logits(TOKENS);
        float[] first = {};
        for (int chunk : new int[]{512, 40, 1}) {
            try (TestModel model = new TestModel(path, Kernels.best(), true, chunk == 40 ? 3 : 1)) {
                float[] actual = model.logits(TOKENS, chunk);
                for (int p = 0; p < TOKENS.length; p++) {
                    for (int i = 0; i < expected[p].length; i++) {
                        assertThat((double) actual[p * expected[p].length + i])
                                .as("logit %d at position %d", i, p)
                                .isCloseTo(expected[p][i], within(TOLERANCE));
                    }
                }
                assertThat(first.length == 0 || java.util.Arrays.equals(first, actual))
                        .as("chunks of %d give the same bits", chunk).isTrue();
                first = actual;
            }
        }
    }

    @Test
    void withoutScalingAndWindow() {
        assertLogits(new SmallModelFile(), LongContextTest::usual, 1, ALL);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, KvPage.POSITIONS, KvPage.POSITIONS + 1, 100, 149, 150, 151})
    void aTokenAttendsToTheWindowThatEndsAtItself(int window) {
        assertLogits(new SmallModelFile().metadata(writer -> uint32(writer, "llama.attention.sliding_window", window)),
                LongContextTest::usual, 1, window);
    }

    @Test
    void linearScalingDividesPositions() {
        assertLogits(new SmallModelFile().metadata(writer -> writer.string("llama.rope.scaling.type", "linear")
                .number("llama.rope.scaling.factor", GgufType.FLOAT32, 4)), pair -> usual(pair) / 4, 1, ALL);
    }

    @Test
    void frequencyDivisorsChangeEachPair() {
        float[] divisors = {1, 1.5f, 4, 8};
        assertLogits(new SmallModelFile().vector("rope_freqs.weight", divisors), pair -> usual(pair) / divisors[pair],
                1,
                ALL);
    }

    @Test
    void yarnKeepsFastPairsDividesSlowOnesAndSharpensAttention() {
        // 64 positions before scaling: pair 0 turns 10 times, pair 1 about once, pairs 2 and 3 hardly
        double factor = 4;
        double fast = 8;
        double slow = 0.5;
        IntToDoubleFunction frequency = pair -> {
            double low = Math.floor(8 * Math.log(64 / (fast * 2 * Math.PI)) / (2 * Math.log(10_000)));
            double high = Math.ceil(8 * Math.log(64 / (slow * 2 * Math.PI)) / (2 * Math.log(10_000)));
            double kept = 1 - Math.min(1, Math.max(0, (pair - Math.max(0, low)) / Math.max(0.001, high - low)));
            return usual(pair) * kept + usual(pair) / factor * (1 - kept);
        };
        assertLogits(new SmallModelFile().metadata(writer -> {
            writer.string("llama.rope.scaling.type", "yarn")
                    .number("llama.rope.scaling.factor", GgufType.FLOAT32, factor)
                    .number("llama.rope.scaling.yarn_beta_fast", GgufType.FLOAT32, fast)
                    .number("llama.rope.scaling.yarn_beta_slow", GgufType.FLOAT32, slow);
            uint32(writer, "llama.rope.scaling.original_context_length", 64);
        }), frequency, 1 + 0.1 * Math.log(factor), ALL);
    }
}
