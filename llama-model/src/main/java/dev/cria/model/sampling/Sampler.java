package dev.cria.model.sampling;

import dev.cria.core.CriaException;
import dev.cria.model.generation.GenerationOptions;
import java.util.List;

/** Chooses tokens: narrows the candidates with a chain of steps and draws one of those left. Not thread-safe. */
public final class Sampler {
    private final List<SamplingStep> chain;
    private final SplitMix64 generator;

    /**
     * Makes a sampler.
     *
     * @param chain the steps, in the order in which they are applied
     * @param seed of the draws: the same seed gives the same tokens for the same logits
     */
    public Sampler(List<SamplingStep> chain, long seed) {
        this.chain = List.copyOf(chain);
        generator = new SplitMix64(seed);
    }

    /**
     * {@return a sampler with the steps that some options ask for; as in Meta's reference, the temperature comes before
     * top-p}
     *
     * @param options how tokens are chosen
     * @param recent the tokens that the penalties count
     * @param seed of the draws
     */
    public static Sampler of(GenerationOptions options, RecentTokens recent, long seed) {
        return new Sampler(List.of(new LogitBias(options.logitBias()),
                new RepetitionPenalty(options.repeatPenalty(), recent),
                new FrequencyPresencePenalty(options.frequencyPenalty(), options.presencePenalty(), recent),
                new Temperature(options.temperature()), new TopK(options.topK()), new Typical(options.typicalP()),
                new TopP(options.topP()), new MinP(options.minP())), seed);
    }

    /**
     * {@return the id of the chosen token}
     *
     * @param logits holds a row of logits, one for each token
     * @param offset index of the first
     * @param candidates as long as the vocabulary; overwritten
     * @throws CriaException if no candidate is left: every logit is minus infinity, not a number, or forbidden
     */
    public int sample(float[] logits, int offset, Candidates candidates) {
        candidates.fill(logits, offset);
        for (SamplingStep step : chain) {
            requireCandidates(candidates);
            step.apply(candidates);
        }
        requireCandidates(candidates);
        return draw(candidates);
    }

    private static void requireCandidates(Candidates candidates) {
        if (candidates.size() == 0) {
            throw new CriaException(
                    "no token can follow: every logit is minus infinity or not a number (broken weights, or a logit bias"
                            + " that forbids every token)");
        }
    }

    private int draw(Candidates candidates) {
        // A single candidate uses up no random number: greedy decoding does not depend on the seed in any way.
        if (candidates.size() == 1) {
            return candidates.id(0);
        }
        double largest = candidates.largestLogit();
        double remaining = generator.nextDouble() * candidates.totalWeight(largest);
        for (int index = 0; index < candidates.size(); index++) {
            remaining -= Candidates.weight(candidates.logit(index), largest);
            if (remaining < 0) {
                return candidates.id(index);
            }
        }
        return candidates.id(candidates.best());
    }
}
