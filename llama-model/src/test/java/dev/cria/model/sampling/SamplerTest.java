package dev.cria.model.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.CriaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final float[] LOGITS = {0.5f, 2f, -1f, 2f, 1f};

    @Test
    void temperatureZeroTakesTheLowestIdOfTheLargestLogits() {
        assertThat(sampler(7, new Temperature(0)).sample(LOGITS, 0, new Candidates(LOGITS.length))).isEqualTo(1);
    }

    @Test
    void theSameSeedDrawsTheSameTokens() {
        assertThat(draws(42, 100)).isEqualTo(draws(42, 100));
        assertThat(draws(42, 100)).isNotEqualTo(draws(43, 100));
    }

    @Test
    void drawsFollowTheProbabilities() {
        int draws = 20_000;
        long ofToken0 = draws(1, draws).stream().filter(token -> token == 0).count();
        double total = Arrays.stream(new double[]{0.5, 2, -1, 2, 1}).map(Math::exp).sum();
        assertThat((double) ofToken0 / draws).isCloseTo(Math.exp(0.5) / total, within(0.01));
    }

    @Test
    void theGeneratorIsSplitMix64() {
        SplitMix64 generator = new SplitMix64(1234567);
        // the published reference sequence for this seed
        assertThat(generator.nextLong()).isEqualTo(6457827717110365317L);
        assertThat(generator.nextLong()).isEqualTo(3203168211198807973L);
        assertThat(generator.nextDouble()).isBetween(0.0, 1.0);
    }

    @Test
    void aBiasOfMinusInfinityForbidsAToken() {
        Sampler sampler = sampler(1, new LogitBias(Map.of(1, Double.NEGATIVE_INFINITY)), new Temperature(0));
        assertThat(sampler.sample(LOGITS, 0, new Candidates(LOGITS.length))).isEqualTo(3);
    }

    @Test
    void aPositiveBiasFavoursAToken() {
        assertThat(sampler(1, new LogitBias(Map.of(2, 10.0)), new Temperature(0)).sample(LOGITS, 0,
                new Candidates(LOGITS.length))).isEqualTo(2);
    }

    @Test
    void logitsThatAreNotNumbersAreNeverChosen() {
        float[] logits = {Float.NaN, 1f, Float.NEGATIVE_INFINITY};
        assertThat(sampler(1, new Typical(0.5), new TopP(0.9)).sample(logits, 0, new Candidates(logits.length)))
                .isEqualTo(1);
    }

    @Test
    void aRowWithoutUsableLogitsIsRefused() {
        float[] logits = {Float.NaN, Float.NEGATIVE_INFINITY};
        assertThatThrownBy(() -> sampler(1, new Temperature(0)).sample(logits, 0, new Candidates(logits.length)))
                .isInstanceOf(CriaException.class)
                .hasMessageContaining("no token can follow");
    }

    @Test
    void aTinyTemperatureIsAlmostGreedyAndNeverOverflows() {
        for (double temperature : new double[]{1e-300, Double.MIN_VALUE, 1e-10}) {
            float[] logits = {1e30f, 2e30f, -3e30f};
            assertThat(sampler(1, new Temperature(temperature)).sample(logits, 0, new Candidates(logits.length)))
                    .isEqualTo(1);
            float[] negative = {-2e30f, -1e30f};
            assertThat(sampler(1, new Temperature(temperature)).sample(negative, 0, new Candidates(negative.length)))
                    .isEqualTo(1);
        }
    }

    @Test
    void theWindowForgetsItsOldestToken() {
        RecentTokens recent = new RecentTokens(2, 5);
        for (int token : new int[]{3, 3, 1, 4}) {
            recent.add(token);
        }
        assertThat(recent.count(3)).isZero();
        assertThat(recent.count(1)).isOne();
        assertThat(recent.count(4)).isOne();
    }

    @Test
    void logProbabilitiesAreThoseOfTheSoftmaxLargestFirst() {
        LogProbabilities probabilities = new LogProbabilities(LOGITS, 0, LOGITS.length);
        double sum = 0;
        for (int token = 0; token < LOGITS.length; token++) {
            sum += Math.exp(probabilities.of(token));
        }
        assertThat(sum).isCloseTo(1, within(1e-12));
        List<Integer> order = new ArrayList<>();
        probabilities.largest(10, new Candidates(LOGITS.length), (probability, token) -> order.add(token));
        assertThat(order).containsExactly(1, 3, 4, 0, 2);
    }

    @Property
    void topKKeepsWhatSortingKeeps(@ForAll @Size(min = 1, max = 200) List<@FloatRange(min = -5, max = 5) Float> values,
            @ForAll @IntRange(min = 1, max = 210) int count) {
        float[] logits = new float[values.size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.round(values.get(i)); // many ties
        }
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < logits.length; i++) {
            expected.add(i);
        }
        expected.sort((a, b) -> logits[a] == logits[b] ? Integer.compare(a, b) : Float.compare(logits[b], logits[a]));
        Candidates candidates = new Candidates(logits.length);
        candidates.fill(logits, 0);
        new TopK(count).apply(candidates);
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            kept.add(candidates.id(i));
        }
        assertThat(kept).containsExactlyInAnyOrderElementsOf(expected.subList(0, Math.min(count, logits.length)));
    }

    private static List<Integer> draws(long seed, int count) {
        Sampler sampler = sampler(seed, new Temperature(1));
        List<Integer> draws = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            draws.add(sampler.sample(LOGITS, 0, new Candidates(LOGITS.length)));
        }
        return draws;
    }

    private static Sampler sampler(long seed, SamplingStep... chain) {
        return new Sampler(List.of(chain), seed);
    }

}
