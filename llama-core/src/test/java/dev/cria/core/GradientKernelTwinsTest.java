package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * The Vector API gradients and the plain ones give the same bits for every shape; their values are tested by the
 * trainer.
 */
@Tag("widths")
class GradientKernelTwinsTest {
    private static final int LANES = Matrix.PANEL_ROWS;
    private static final GradientKernels PLAIN = GradientKernels.plain();
    private static final GradientKernels BEST = GradientKernels.best();

    private static float[] random(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Property(tries = 100)
    void outerProductsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int depth,
            @ForAll @IntRange(min = 1, max = GradientKernels.OUTER_ROWS) int rows, @ForAll @IntRange(max = 5) int gap) {
        Random random = new Random(seed);
        float[] left = random(random, depth * GradientKernels.OUTER_ROWS);
        float[] panel = random(random, depth * LANES);
        float[] expected = random(random, 3 + rows * (LANES + gap));
        float[] actual = expected.clone();
        PLAIN.outerProduct(left, rows, panel, depth, expected, 3, LANES + gap);
        BEST.outerProduct(left, rows, panel, depth, actual, 3, LANES + gap);
        assertThat(actual).isEqualTo(expected);
    }

    @Property(tries = 100)
    void normGradientsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int n) {
        Random random = new Random(seed);
        float[] x = random(random, n + 1);
        float[] weight = random(random, n);
        float[] dOut = random(random, n + 2);
        float[] expectedX = random(random, n + 3);
        float[] expectedWeight = random(random, n + 4);
        float[] actualX = expectedX.clone();
        float[] actualWeight = expectedWeight.clone();
        PLAIN.rmsNormGradient(x, 1, weight, n, 1e-5f, dOut, 2, expectedX, 3, expectedWeight, 4);
        BEST.rmsNormGradient(x, 1, weight, n, 1e-5f, dOut, 2, actualX, 3, actualWeight, 4);
        assertThat(actualX).isEqualTo(expectedX);
        assertThat(actualWeight).isEqualTo(expectedWeight);
    }

    @Property(tries = 100)
    void swiGluGradientsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int n) {
        Random random = new Random(seed);
        float[] expectedGate = random(random, n + 1);
        float[] expectedUp = random(random, n + 2);
        float[] dOut = random(random, n + 3);
        float[] actualGate = expectedGate.clone();
        float[] actualUp = expectedUp.clone();
        PLAIN.swiGluGradient(expectedGate, 1, expectedUp, 2, dOut, 3, n);
        BEST.swiGluGradient(actualGate, 1, actualUp, 2, dOut, 3, n);
        assertThat(actualGate).isEqualTo(expectedGate);
        assertThat(actualUp).isEqualTo(expectedUp);
    }

    @Property(tries = 100)
    void columnSoftmaxesAndTheirGradientsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int depth) {
        Random random = new Random(seed);
        float[] expected = random(random, depth * LANES);
        // the last row is masked for the first lanes, unless it is the only one
        for (int lane = 0; lane < (depth > 1 ? 5 : 0); lane++) {
            expected[(depth - 1) * LANES + lane] = Float.NEGATIVE_INFINITY;
        }
        float[] actual = expected.clone();
        PLAIN.columnSoftmax(expected, depth, 0.25f);
        BEST.columnSoftmax(actual, depth, 0.25f);
        assertThat(actual).isEqualTo(expected);
        for (int lane = 0; lane < LANES; lane++) {
            double sum = 0;
            for (int k = 0; k < depth; k++) {
                sum += actual[k * LANES + lane];
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
        }
        float[] expectedGradient = random(random, depth * LANES);
        float[] actualGradient = expectedGradient.clone();
        PLAIN.columnSoftmaxGradient(expected, expectedGradient, depth, 0.25f);
        BEST.columnSoftmaxGradient(actual, actualGradient, depth, 0.25f);
        assertThat(actualGradient).isEqualTo(expectedGradient);
    }
}
