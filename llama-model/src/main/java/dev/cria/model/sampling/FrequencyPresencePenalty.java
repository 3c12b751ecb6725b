package dev.cria.model.sampling;

/**
 * Lowers the logits of tokens that occurred lately: by one penalty for each time, and by another once.
 *
 * @param frequency subtracted for each time the token occurred
 * @param presence subtracted once if the token occurred
 * @param recent the tokens that occurred lately
 */
public record FrequencyPresencePenalty(double frequency, double presence, RecentTokens recent) implements SamplingStep {
    @Override
    public void apply(Candidates candidates) {
        if (frequency == 0 && presence == 0) {
            return;
        }
        for (int index = 0; index < candidates.size(); index++) {
            int count = recent.count(candidates.id(index));
            if (count > 0) {
                candidates.setLogit(index, candidates.logit(index) - frequency * count - presence);
            }
        }
    }
}
