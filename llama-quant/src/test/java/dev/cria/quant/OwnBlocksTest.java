package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.golden.Golden;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks of all types without anybody else's data. */
class OwnBlocksTest {
    /** Three blocks of the largest type for each kind of weights. */
    private static final int EACH = 3 * 256;

    /** Whatever bytes a block has. */
    @Property(tries = 500)
    void everyWeightIsWhereTheLayoutSaysThatItIs(@ForAll QuantType type, @ForAll long seed) {
        byte[] blocks = new byte[5 * type.blockBytes()];
        new Random(seed).nextBytes(blocks);
        float[] actual = new float[5 * type.blockSize()];

        type.decode(MemorySegment.ofArray(blocks), 0, actual, 0, actual.length);

        float[] expected = NaiveBlocks.decode(type, blocks);
        for (int i = 0; i < actual.length; i++) {
            // 0 and -0 are one number, and so are all that are none
            assertThat(actual[i] == expected[i] || (Float.isNaN(actual[i]) && Float.isNaN(expected[i])))
                    .as("weight %d: %s instead of %s", i, actual[i], expected[i]).isTrue();
        }
    }

    /** They were the blocks of GGML when they were written down. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "F32")
    void encodesToTheBlocksOfTheGoldenData(QuantType type) {
        float[] weights = weights();
        byte[] blocks = new byte[Math.toIntExact(type.rowBytes(weights.length))];

        type.encode(weights, 0, weights.length, MemorySegment.ofArray(blocks), 0);

        Golden.check("blocks/" + type + ".bin", blocks);
    }

    /** Weights of every kind that makes an encoder choose. */
    private static float[] weights() {
        Random random = new Random(22);
        float[] weights = new float[12 * EACH];
        for (int i = 0; i < weights.length; i++) {
            double normal = random.nextGaussian();
            double uniform = random.nextDouble();
            weights[i] = (float) switch (i / EACH) {
                case 0 -> normal;
                case 1 -> 0.02 * normal;
                case 2 -> 2 * uniform - 1;
                // of one sign
                case 3 -> Math.abs(normal);
                case 4 -> -Math.abs(normal);
                // an outlier in every block
                case 5 -> i % 32 == 7 ? 30 * normal : normal;
                // heavy tails
                case 6 -> normal * normal * normal;
                // mostly zeros
                case 7 -> uniform < 0.9 ? 0 : normal;
                // equal ones
                case 8 -> i / 256 % 3 == 0 ? 0 : i / 256 % 3 == 1 ? 0.75 : -1.5;
                // whole numbers, so that largest and smallest are often the same
                case 9 -> Math.rint(3 * normal);
                // near the smallest scale that binary16 has
                case 10 -> 1e-6 * normal;
                default -> 1000 * normal;
            };
        }
        return weights;
    }
}
