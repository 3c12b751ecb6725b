package dev.cria.train.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.ModelConfig;
import dev.cria.train.TrainingExample;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients against central differences of an independent forward pass in double precision. */
class NetworkGradientTest {
    /** No size is a multiple of a panel's 32 rows, and a document is longer than one. */
    private static final ModelConfig ODD = new ModelConfig("odd", 20, 2, 4, 2, 6, 44, 37, 64, 1e-5f, 100f, 1f);
    private static final double STEP = 1e-5;

    private static TrainingExample example(Random random, int length) {
        int[] tokens = random.ints(length, 0, ODD.vocabularySize()).toArray();
        boolean[] learnt = new boolean[length];
        for (int i = 0; i < length; i++) {
            learnt[i] = i % 3 != 1;
        }
        return new TrainingExample(tokens, learnt);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gradientsOfEveryParameterAreThoseOfFiniteDifferences(boolean tied) {
        Random random = new Random(7);
        Parameters parameters = Parameters.random(ODD, tied, 3);
        for (Parameter parameter : parameters.all()) {
            for (int i = 0; i < parameter.values().length; i++) {
                parameter.values()[i] += (float) (0.3 * random.nextGaussian());
            }
        }
        List<TrainingExample> examples = List.of(example(random, 12), example(random, 41), example(random, 2));
        TokenBatch batch = new TokenBatch(64);
        examples.forEach(example -> assertThat(batch.add(example, 64)).isTrue());
        ReferenceModel reference = new ReferenceModel(ODD, parameters);
        try (WorkerTeam team = new WorkerTeam(2)) {
            Network network = new Network(ODD, parameters, 64, team, Kernels.best(), GradientKernels.best());
            double expected = loss(reference, examples);
            float scale = 1f / batch.learnt();
            assertThat(network.loss(batch)).isCloseTo(expected, within(1e-5 * expected));
            assertThat(network.learn(batch, scale)).isCloseTo(expected, within(1e-5 * expected));
            for (Parameter parameter : parameters.all()) {
                double largest = 0;
                for (float value : parameter.gradient()) {
                    largest = Math.max(largest, Math.abs(value));
                }
                assertThat(largest).as(parameter.name()).isPositive();
                for (int n = 0; n < 25; n++) {
                    int i = random.nextInt(parameter.values().length);
                    double[] values = reference.values(parameter);
                    double kept = values[i];
                    values[i] = kept + STEP;
                    double above = loss(reference, examples);
                    values[i] = kept - STEP;
                    double below = loss(reference, examples);
                    values[i] = kept;
                    double exact = (above - below) / (2 * STEP) * scale;
                    assertThat((double) parameter.gradient()[i]).as(parameter.name() + "[" + i + "]").isCloseTo(exact,
                            within(1e-4 * largest + 1e-7));
                }
            }
        }
    }

    private static double loss(ReferenceModel reference, List<TrainingExample> examples) {
        return examples.stream().mapToDouble(example -> reference.loss(example.tokens(), example.learnt())).sum();
    }
}
