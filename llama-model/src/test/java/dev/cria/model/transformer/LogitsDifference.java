package dev.cria.model.transformer;

/**
 * How far logits are from the exact ones.
 *
 * @param largest difference of two of them
 * @param rms root of the mean of the squares of all differences
 * @param divergence Kullback-Leibler divergence of the probabilities from the exact ones, where they are of one
 *     position
 */
record LogitsDifference(double largest, double rms, double divergence) {
    static LogitsDifference between(float[] actual, float[] exact) {
        double[] wide = new double[exact.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = exact[i];
        }
        return between(actual, wide);
    }

    static LogitsDifference between(float[] actual, double[] exact) {
        if (actual.length != exact.length) {
            throw new AssertionError(actual.length + " logits instead of " + exact.length);
        }
        double largest = 0;
        double squares = 0;
        double divergence = 0;
        double[] wide = new double[actual.length];
        for (int i = 0; i < actual.length; i++) {
            wide[i] = actual[i];
            largest = Math.max(largest, Math.abs(actual[i] - exact[i]));
            squares += Math.pow(actual[i] - exact[i], 2);
        }
        double[] p = logProbabilities(exact);
        double[] q = logProbabilities(wide);
        for (int i = 0; i < p.length; i++) {
            divergence += Math.exp(p[i]) * (p[i] - q[i]);
        }
        return new LogitsDifference(largest, Math.sqrt(squares / actual.length), divergence);
    }

    private static double[] logProbabilities(double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - max);
        }
        double[] result = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            result[i] = logits[i] - max - Math.log(sum);
        }
        return result;
    }
}
