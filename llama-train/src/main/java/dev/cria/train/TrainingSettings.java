package dev.cria.train;

/**
 * How a model is trained. Every value has a default; start from {@link #defaults()} and change what you need.
 *
 * @param seed seed of the initial weights
 * @param steps number of optimiser steps of the whole run, which also shapes the learning rate
 * @param batchTokens largest number of tokens of one pass, at least the model's context; whole examples are packed into
 *     it
 * @param accumulation passes whose gradients are added up for one step; at most 2147483647 tokens together
 * @param learningRate highest learning rate, reached after the warm-up
 * @param finalLearningRate learning rate at the last step, the foot of the cosine
 * @param warmupSteps steps over which the learning rate rises linearly
 * @param beta1 decay of AdamW's mean of gradients
 * @param beta2 decay of AdamW's mean of squared gradients
 * @param epsilon added to the root of the squared gradients
 * @param weightDecay decoupled weight decay of the matrices; norms have none
 * @param gradientClip largest Euclidean norm of all gradients together
 * @param tied whether the output matrix is the embedding matrix
 */
public record TrainingSettings(long seed, int steps, int batchTokens, int accumulation, double learningRate,
        double finalLearningRate, int warmupSteps, double beta1, double beta2, double epsilon, double weightDecay,
        double gradientClip, boolean tied) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException naming the value that is out of range
     */
    public TrainingSettings {
        require(steps >= 1, "steps must be at least 1, not " + steps);
        require(batchTokens >= 2 && batchTokens <= 1 << 20, "batch tokens must be 2 to 1048576, not " + batchTokens);
        require(accumulation >= 1, "accumulation must be at least 1, not " + accumulation);
        require(accumulation <= Integer.MAX_VALUE / batchTokens, "accumulation must be at most "
                + Integer.MAX_VALUE / batchTokens + " with batches of " + batchTokens + " tokens, not " + accumulation);
        require(learningRate > 0 && learningRate < 1, "learning rate must be between 0 and 1, not " + learningRate);
        require(finalLearningRate >= 0 && finalLearningRate <= learningRate,
                "final learning rate must be 0 to the learning rate, not " + finalLearningRate);
        require(warmupSteps >= 0, "warm-up steps must be at least 0, not " + warmupSteps);
        require(beta1 >= 0 && beta1 < 1, "beta1 must be 0 to below 1, not " + beta1);
        require(beta2 >= 0 && beta2 < 1, "beta2 must be 0 to below 1, not " + beta2);
        require(epsilon > 0 && epsilon < 1, "epsilon must be between 0 and 1, not " + epsilon);
        require(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY,
                "weight decay must be at least 0, not " + weightDecay);
        require(gradientClip > 0, "gradient clip must be above 0, not " + gradientClip);
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }

    /**
     * {@return 1000 steps of 4,096 tokens, learning rate 1e-3 to 1e-4 after 100 steps of warm-up, betas 0.9 and 0.95,
     * decay 0.1, clip 1, tied}
     */
    public static TrainingSettings defaults() {
        return new TrainingSettings(1, 1000, 4096, 1, 1e-3, 1e-4, 100, 0.9, 0.95, 1e-8, 0.1, 1, true);
    }

    /**
     * {@return these settings with another seed}
     *
     * @param value seed of the initial weights
     */
    public TrainingSettings withSeed(long value) {
        return new TrainingSettings(value, steps, batchTokens, accumulation, learningRate, finalLearningRate,
                warmupSteps, beta1, beta2, epsilon, weightDecay, gradientClip, tied);
    }

    /**
     * {@return these settings with another length of the run}
     *
     * @param value optimiser steps, at least 1
     */
    public TrainingSettings withSteps(int value) {
        return new TrainingSettings(seed, value, batchTokens, accumulation, learningRate, finalLearningRate,
                warmupSteps, beta1, beta2, epsilon, weightDecay, gradientClip, tied);
    }

    /**
     * {@return these settings with another size of the batch}
     *
     * @param tokens largest number of tokens of one pass, at least the model's context
     * @param passes passes for one step, at least 1
     */
    public TrainingSettings withBatch(int tokens, int passes) {
        return new TrainingSettings(seed, steps, tokens, passes, learningRate, finalLearningRate, warmupSteps, beta1,
                beta2, epsilon, weightDecay, gradientClip, tied);
    }

    /**
     * {@return these settings with another course of the learning rate}
     *
     * @param highest learning rate after the warm-up, above 0
     * @param last learning rate at the end, from 0 to {@code highest}
     * @param warmup steps of the warm-up, at least 0
     */
    public TrainingSettings withLearningRate(double highest, double last, int warmup) {
        return new TrainingSettings(seed, steps, batchTokens, accumulation, highest, last, warmup, beta1, beta2,
                epsilon, weightDecay, gradientClip, tied);
    }

    /**
     * {@return these settings with another weight decay}
     *
     * @param value decoupled weight decay of the matrices, at least 0
     */
    public TrainingSettings withWeightDecay(double value) {
        return new TrainingSettings(seed, steps, batchTokens, accumulation, learningRate, finalLearningRate,
                warmupSteps, beta1, beta2, epsilon, value, gradientClip, tied);
    }

    /**
     * {@return these settings with a tied or a separate output matrix}
     *
     * @param value whether the output matrix is the embedding matrix
     */
    public TrainingSettings withTied(boolean value) {
        return new TrainingSettings(seed, steps, batchTokens, accumulation, learningRate, finalLearningRate,
                warmupSteps, beta1, beta2, epsilon, weightDecay, gradientClip, value);
    }

    /**
     * The course of the learning rate: a linear rise over the warm-up, then half a cosine down to the final rate.
     *
     * @param step which step, from 0
     * @return its learning rate
     */
    public double learningRate(int step) {
        if (step < warmupSteps) {
            return learningRate * (step + 1) / warmupSteps;
        }
        double done = Math.min(1, (step - warmupSteps + 1.0) / Math.max(1, steps - warmupSteps));
        return finalLearningRate + (learningRate - finalLearningRate) * 0.5 * (1 + StrictMath.cos(Math.PI * done));
    }
}
