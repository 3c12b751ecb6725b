package dev.cria.model.sampling;

/**
 * Keeps the candidates that are at least the given fraction as probable as the most probable one.
 *
 * @param fraction from 0 to 1; 0 or less keeps all
 */
public record MinP(double fraction) implements SamplingStep {
    @Override
    public void apply(Candidates candidates) {
        if (fraction > 0) {
            candidates.keepFrom(candidates.largestLogit() + StrictMath.log(Math.min(fraction, 1)));
        }
    }
}
