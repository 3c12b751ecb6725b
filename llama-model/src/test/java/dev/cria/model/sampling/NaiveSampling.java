package dev.cria.model.sampling;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Steps of sampling as they are described, on lists of candidates in double precision.
 *
 * @param candidates those that are kept
 */
record NaiveSampling(List<Candidate> candidates) {
    record Candidate(int id, double logit) {}

    private static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble((Candidate c) -> -c.logit)
            .thenComparingInt(Candidate::id);

    static NaiveSampling of(float[] logits) {
        return new NaiveSampling(IntStream.range(0, logits.length)
                .filter(id -> logits[id] > Float.NEGATIVE_INFINITY).mapToObj(id -> new Candidate(id, logits[id]))
                .sorted(BEST_FIRST).toList());
    }

    double probability(Candidate candidate) {
        double largest = candidates.getFirst().logit;
        return Math.exp(candidate.logit - largest)
                / candidates.stream().mapToDouble(c -> Math.exp(c.logit - largest)).sum();
    }

    NaiveSampling temperature(double t) {
        return new NaiveSampling(candidates.stream().map(c -> new Candidate(c.id, c.logit / t)).toList());
    }

    NaiveSampling topK(int count) {
        return new NaiveSampling(candidates.stream().limit(count).toList());
    }

    /** The most probable ones until they have this probability together. */
    NaiveSampling topP(double share) {
        return until(candidates, share);
    }

    /** Those that are at least this share as probable as the most probable one. */
    NaiveSampling minP(double share) {
        return new NaiveSampling(candidates.stream()
                .filter(c -> probability(c) >= share * probability(candidates.getFirst())).toList());
    }

    /** Those whose information is nearest to the entropy, until they have this probability together. */
    NaiveSampling typical(double share) {
        double entropy = candidates.stream().mapToDouble(c -> -probability(c) * Math.log(probability(c)))
                .filter(Double::isFinite).sum();
        return until(candidates.stream().sorted(Comparator
                .comparingDouble((Candidate c) -> Math.abs(-Math.log(probability(c)) - entropy))).toList(), share);
    }

    private NaiveSampling until(List<Candidate> order, double share) {
        double sum = 0;
        int kept = 0;
        while (kept < order.size() && (kept == 0 || sum < share)) {
            sum += probability(order.get(kept++));
        }
        return new NaiveSampling(order.stream().limit(kept).sorted(BEST_FIRST).toList());
    }

    /** Makes the logits of recent tokens smaller: positive ones are divided, negative ones multiplied. */
    NaiveSampling repetition(double penalty, List<Integer> recent) {
        return changed(recent, (logit, count) -> logit > 0 ? logit / penalty : logit * penalty);
    }

    NaiveSampling frequencyPresence(double frequency, double presence, List<Integer> recent) {
        return changed(recent, (logit, count) -> logit - count * frequency - presence);
    }

    private interface Change {
        double of(double logit, long count);
    }

    private NaiveSampling changed(List<Integer> recent, Change change) {
        return new NaiveSampling(candidates.stream().map(c -> {
            long count = recent.stream().filter(id -> id == c.id).count();
            return count == 0 ? c : new Candidate(c.id, change.of(c.logit, count));
        }).sorted(BEST_FIRST).toList());
    }
}
