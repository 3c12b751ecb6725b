package dev.cria.model.sampling;

/**
 * Locally typical sampling (Meister et al. 2022): keeps the candidates whose surprise is closest to the entropy of all
 * of them, as few as have the given probability together, and at least one.
 */
public final class Typical implements SamplingStep {
    private final double probability;
    private double[] closeness = {};

    /**
     * Makes the step.
     *
     * @param probability the probability to keep; 1 or more keeps all
     */
    public Typical(double probability) {
        this.probability = probability;
    }

    @Override
    public void apply(Candidates candidates) {
        if (probability >= 1) {
            return;
        }
        int size = candidates.size();
        if (closeness.length < size) {
            closeness = new double[size];
        }
        double largest = candidates.largestLogit();
        double total = candidates.totalWeight(largest);
        double logTotal = StrictMath.log(total);
        double entropy = 0;
        for (int index = 0; index < size; index++) {
            double logit = candidates.logit(index);
            double surprise = surprise(logit, largest, logTotal);
            double weight = Candidates.weight(logit, largest);
            entropy += weight == 0 ? 0 : weight / total * surprise;
            closeness[index] = surprise;
        }
        for (int index = 0; index < size; index++) {
            closeness[index] = -Math.abs(closeness[index] - entropy);
        }
        candidates.keepBestByMass(closeness, probability * total, largest);
    }

    private static double surprise(double logit, double largest, double logTotal) {
        return logit == largest ? logTotal : logTotal - (logit - largest);
    }
}
