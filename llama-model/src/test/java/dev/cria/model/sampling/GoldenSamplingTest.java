package dev.cria.model.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Kept candidates and probabilities against those computed elsewhere in float64. */
@NeedsFixtures
class GoldenSamplingTest {
    private static final String CASES = "sampling/cases.json";

    @Test
    void everyChainKeepsTheSameCandidatesWithTheSameProbabilities(Fixtures fixtures) {
        JsonNode root = fixtures.json(CASES);
        assertThat(root.get("cases")).isNotEmpty();
        for (JsonNode expected : root.get("cases")) {
            check(logits(fixtures, root.get("vectors").get(expected.get("vector").asText())), expected);
        }
    }

    private static void check(float[] logits, JsonNode expected) {
        Candidates candidates = new Candidates(logits.length);
        candidates.fill(logits, 0);
        steps(expected.get("steps"), logits.length).forEach(step -> step.apply(candidates));

        assertThat(candidates.size()).as(expected.get("steps")::toString).isEqualTo(expected.get("kept").asInt());
        double largest = candidates.largestLogit();
        double total = candidates.totalWeight(largest);
        List<Integer> order = IntStream.range(0, candidates.size()).boxed().sorted(Comparator
                .comparingDouble((Integer index) -> -Candidates.weight(candidates.logit(index), largest))
                .thenComparingInt(candidates::id))
                .toList();
        for (int rank = 0; rank < expected.get("ids").size(); rank++) {
            int index = order.get(rank);
            assertThat(candidates.id(index)).as("rank %d of %s", rank, expected.get("steps"))
                    .isEqualTo(expected.get("ids").get(rank).asInt());
            assertThat(Candidates.weight(candidates.logit(index), largest) / total)
                    .isCloseTo(expected.get("probabilities").get(rank).asDouble(),
                            within(expected.get("tolerance").asDouble()));
        }
    }

    private static Stream<SamplingStep> steps(JsonNode steps, int vocabularySize) {
        return StreamSupport.stream(steps.spliterator(), false).map(step -> {
            double value = step.path("value").asDouble();
            RecentTokens recent = new RecentTokens(step.path("window").size(), vocabularySize);
            step.path("window").forEach(token -> recent.add(token.asInt()));
            return switch (step.get("op").asText()) {
                case "temperature" -> new Temperature(value);
                case "top_k" -> new TopK((int) value);
                case "top_p" -> new TopP(value);
                case "min_p" -> new MinP(value);
                case "typical" -> new Typical(value);
                case "repetition_penalty" -> new RepetitionPenalty(value, recent);
                case "frequency_presence" -> new FrequencyPresencePenalty(step.get("frequency").asDouble(),
                        step.get("presence").asDouble(), recent);
                default -> throw new AssertionError("unknown step " + step);
            };
        });
    }

    private static float[] logits(Fixtures fixtures, JsonNode vector) {
        if (vector.has("file")) {
            return fixtures.floats("sampling/" + vector.get("file").asText());
        }
        JsonNode numbers = vector.get("logits");
        float[] logits = new float[numbers.size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = numbers.get(i).isNull() ? Float.NEGATIVE_INFINITY : numbers.get(i).floatValue();
        }
        return logits;
    }
}
