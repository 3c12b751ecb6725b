package dev.cria.model.sampling;

/**
 * Nucleus sampling (Holtzman et al. 2019): keeps the most probable candidates, as few as have the given probability
 * together, and at least one.
 *
 * @param probability the probability to keep; 1 or more keeps all
 */
public record TopP(double probability) implements SamplingStep {
    @Override
    public void apply(Candidates candidates) {
        if (probability < 1) {
            double largest = candidates.largestLogit();
            candidates.keepLargestByMass(probability * candidates.totalWeight(largest), largest);
        }
    }
}
