package dev.cria.model.sampling;

/**
 * Makes tokens that occurred lately less likely (Keskar et al. 2019): a positive logit is divided by the penalty, any
 * other is multiplied with it, once however often the token occurred.
 *
 * @param penalty above 0; 1 changes nothing, less than 1 favours repetition
 * @param recent the tokens that occurred lately
 */
public record RepetitionPenalty(double penalty, RecentTokens recent) implements SamplingStep {
    @Override
    public void apply(Candidates candidates) {
        if (penalty == 1) {
            return;
        }
        for (int index = 0; index < candidates.size(); index++) {
            if (recent.count(candidates.id(index)) > 0) {
                double logit = candidates.logit(index);
                candidates.setLogit(index, logit > 0 ? logit / penalty : logit * penalty);
            }
        }
    }
}
