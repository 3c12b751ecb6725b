package dev.cria.model.sampling;

/**
 * Divides every logit by the temperature; 0 keeps only the largest logit, and of several the lowest token id.
 *
 * @param value the temperature, 0 or more
 */
public record Temperature(double value) implements SamplingStep {
    @Override
    public void apply(Candidates candidates) {
        if (value == 0) {
            candidates.keepLargest(1);
            return;
        }
        double largest = candidates.largestLogit();
        // A tiny temperature would make every logit infinite; their distances from the largest one cannot all be.
        double origin = Double.isFinite(largest / value) ? 0 : largest;
        for (int index = 0; index < candidates.size(); index++) {
            double logit = candidates.logit(index);
            candidates.setLogit(index, logit == origin ? 0 : (logit - origin) / value);
        }
    }
}
