package dev.cria.model.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Every chain keeps the candidates that the definitions of its steps keep, with the same probabilities. */
class SamplingStepsTest {
    private static final int MOST_STEPS = 5;

    private final Random random = new Random();

    @Property
    void keepWhatTheirDefinitionsKeep(@ForAll long seed) {
        random.setSeed(seed);
        float[] logits = new float[1 + random.nextInt(60)];
        double spread = 0.2 + 5 * random.nextDouble();
        for (int i = 0; i < logits.length; i++) {
            logits[i] = random.nextInt(20) == 0 && i > 0
                    ? Float.NEGATIVE_INFINITY
                    : (float) (spread * random.nextGaussian());
        }
        Candidates candidates = new Candidates(logits.length);
        candidates.fill(logits, 0);
        NaiveSampling expected = NaiveSampling.of(logits);
        StringBuilder chain = new StringBuilder();
        for (int step = random.nextInt(MOST_STEPS); step >= 0; step--) {
            expected = step(candidates, expected, logits.length, chain);
        }

        assertThat(candidates.size()).as(chain::toString).isEqualTo(expected.candidates().size());
        double largest = candidates.largestLogit();
        double total = candidates.totalWeight(largest);
        List<Integer> byId = IntStream.range(0, candidates.size()).boxed()
                .sorted(Comparator.comparingInt(candidates::id)).toList();
        List<NaiveSampling.Candidate> expectedById = expected.candidates().stream()
                .sorted(Comparator.comparingInt(NaiveSampling.Candidate::id)).toList();
        for (int i = 0; i < byId.size(); i++) {
            assertThat(candidates.id(byId.get(i))).as(chain::toString).isEqualTo(expectedById.get(i).id());
            assertThat(Candidates.weight(candidates.logit(byId.get(i)), largest) / total).as(chain::toString)
                    .isCloseTo(expected.probability(expectedById.get(i)), within(1e-9));
        }
    }

    private NaiveSampling step(Candidates candidates, NaiveSampling expected, int vocabulary, StringBuilder chain) {
        double value = 0.05 + 0.9 * random.nextDouble();
        int count = 1 + random.nextInt(vocabulary);
        List<Integer> recent = random.ints(random.nextInt(8), 0, vocabulary).boxed().toList();
        RecentTokens window = new RecentTokens(recent.size(), vocabulary);
        recent.forEach(window::add);
        int kind = random.nextInt(7);
        chain.append(kind).append(' ').append(value).append(' ').append(count).append(' ').append(recent).append("; ");
        SamplingStep step = switch (kind) {
            case 0 -> new Temperature(2 * value);
            case 1 -> new TopK(count);
            case 2 -> new TopP(value);
            case 3 -> new MinP(value);
            case 4 -> new Typical(value);
            case 5 -> new RepetitionPenalty(1 + value, window);
            default -> new FrequencyPresencePenalty(value, 1 - value, window);
        };
        step.apply(candidates);
        return switch (kind) {
            case 0 -> expected.temperature(2 * value);
            case 1 -> expected.topK(count);
            case 2 -> expected.topP(value);
            case 3 -> expected.minP(value);
            case 4 -> expected.typical(value);
            case 5 -> expected.repetition(1 + value, recent);
            default -> expected.frequencyPresence(value, 1 - value, recent);
        };
    }
}
