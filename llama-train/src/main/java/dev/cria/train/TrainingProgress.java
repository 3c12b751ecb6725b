package dev.cria.train;

import java.time.Duration;
import java.util.Locale;

/**
 * What one step of a run did.
 *
 * @param step steps done, this one included
 * @param steps steps of the whole run
 * @param loss mean cross-entropy of the step's learnt tokens, in nats
 * @param learningRate learning rate of the step
 * @param gradientNorm Euclidean norm of all gradients before clipping
 * @param tokensPerSecond tokens read a second, padding not counted, over the last steps
 * @param remaining estimated time to the end of the run
 */
public record TrainingProgress(int step, int steps, double loss, double learningRate, double gradientNorm,
        double tokensPerSecond, Duration remaining) {
    /** {@return the progress as one line} */
    @Override
    public String toString() {
        return String.format(Locale.ROOT,
                "step %d/%d  loss %.4f  rate %.2e  gradient %.3f  %.0f tokens/s  %d:%02d:%02d left",
                step, steps, loss, learningRate, gradientNorm, tokensPerSecond, remaining.toHours(),
                remaining.toMinutesPart(), remaining.toSecondsPart());
    }
}
