package dev.cria.model.config;

import dev.cria.core.CriaException;
import java.util.List;
import java.util.Optional;

/**
 * How the rotary frequencies of a model differ from {@code base^(-2i / headLength)}, so that it can read texts longer
 * than those it was first trained on.
 *
 * @param factor how many times longer texts may become: all angles are divided by it (linear scaling, Chen et al.
 *        2023), except those that {@code yarn} spares. 1 changes nothing
 * @param magnitude what queries and keys are multiplied by when they are rotated; 1 changes nothing
 * @param yarn which frequencies are spared, if it is YaRN
 * @param frequencyDivisors what the frequency of each pair is divided by besides, in the order of the pairs; empty
 *     where there are none
 */
public record RopeScaling(double factor, double magnitude, Optional<Yarn> yarn, List<Float> frequencyDivisors) {
    private static final RopeScaling NONE = linear(1);

    /**
     * YaRN (Peng et al. 2023): pairs that turn often within the original context keep their frequency, those that do
     * not even turn once are divided by the factor, and between them there is a ramp.
     *
     * @param originalContextLength context in tokens before the scaling
     * @param betaFast turns within the original context from which on a pair keeps its frequency; usually 32
     * @param betaSlow turns within the original context below which a pair is divided by the whole factor; usually 1
     * @param truncate whether the ramp begins and ends at whole pairs; usually true
     */
    public record Yarn(int originalContextLength, double betaFast, double betaSlow, boolean truncate) {
        private static final double BETA_FAST = 32;
        private static final double BETA_SLOW = 1;

        /**
         * Checks the values.
         *
         * @throws CriaException naming the value that is out of range
         */
        public Yarn {
            if (originalContextLength < 1) {
                throw new CriaException(
                        "the original context length of YaRN must be at least 1, but is " + originalContextLength);
            }
            requirePositive("beta_fast of YaRN", betaFast);
            requirePositive("beta_slow of YaRN", betaSlow);
        }

        /**
         * {@return YaRN with the paper's values}
         *
         * @param originalContextLength context in tokens before the scaling
         */
        public static Yarn of(int originalContextLength) {
            return new Yarn(originalContextLength, BETA_FAST, BETA_SLOW, true);
        }

        /** How much of its own frequency pair {@code pair} keeps, from 0 to 1. */
        private double kept(int pair, double base, int headLength) {
            double first = pairTurning(betaFast, base, headLength);
            double last = pairTurning(betaSlow, base, headLength);
            double low = Math.max(0, truncate ? Math.floor(first) : first);
            double high = Math.min(headLength - 1, truncate ? Math.ceil(last) : last);
            double ramp = (pair - low) / Math.max(0.001, high - low);
            return 1 - Math.clamp(ramp, 0, 1);
        }

        /** The pair, not necessarily a whole one, that turns so many times within the original context. */
        private double pairTurning(double turns, double base, int headLength) {
            return headLength * StrictMath.log(originalContextLength / (turns * 2 * Math.PI))
                    / (2 * StrictMath.log(base));
        }
    }

    /**
     * Checks the values and copies the list.
     *
     * @throws CriaException naming the value that is out of range
     */
    public RopeScaling {
        requirePositive("RoPE scaling factor", factor);
        requirePositive("RoPE attention factor", magnitude);
        frequencyDivisors = List.copyOf(frequencyDivisors);
        frequencyDivisors.forEach(divisor -> requirePositive("each RoPE frequency divisor", divisor));
    }

    private static void requirePositive(String what, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new CriaException(what + " must be above 0, but is " + value);
        }
    }

    /** {@return no scaling} */
    public static RopeScaling none() {
        return NONE;
    }

    /**
     * {@return linear scaling}
     *
     * @param factor how many times longer texts may become, above 0
     */
    public static RopeScaling linear(double factor) {
        return new RopeScaling(factor, 1, Optional.empty(), List.of());
    }

    /**
     * {@return YaRN with the paper's values}
     *
     * @param factor how many times longer texts may become, above 0
     * @param originalContextLength context in tokens before the scaling
     */
    public static RopeScaling yarn(double factor, int originalContextLength) {
        return new RopeScaling(factor, yarnMagnitude(factor), Optional.of(Yarn.of(originalContextLength)), List.of());
    }

    /**
     * {@return the magnitude that belongs to YaRN: {@code 1 + 0.1 ln(factor)}, which makes attention a little sharper
     * in long texts}
     *
     * @param factor how many times longer texts may become; 1 and less give 1
     */
    public static double yarnMagnitude(double factor) {
        return yarnMagnitude(factor, 1);
    }

    /**
     * {@return YaRN's magnitude with a weight of its own ({@code mscale}): {@code 1 + 0.1 weight ln(factor)}}
     *
     * @param factor how many times longer texts may become; 1 and less give 1
     * @param weight how much of the usual change is wanted, usually 1
     */
    public static double yarnMagnitude(double factor, double weight) {
        return factor <= 1 ? 1 : 1 + 0.1 * weight * StrictMath.log(factor);
    }

    /**
     * {@return the angle by which each pair of a head turns from one position to the next, in radians}
     *
     * @param base base of the frequencies, theta
     * @param headLength width of a head, even
     */
    public double[] frequencies(double base, int headLength) {
        double[] frequencies = new double[headLength / 2];
        for (int pair = 0; pair < frequencies.length; pair++) {
            double own = StrictMath.pow(base, -2.0 * pair / headLength);
            if (!frequencyDivisors.isEmpty()) {
                own /= frequencyDivisors.get(pair);
            }
            double kept = yarn.isPresent() ? yarn.get().kept(pair, base, headLength) : 0;
            frequencies[pair] = own * kept + own / factor * (1 - kept);
        }
        return frequencies;
    }
}
