package dev.cria.model.sampling;

import dev.cria.core.CriaException;
import java.util.function.ObjIntConsumer;

/**
 * Natural-log probabilities of a row of logits as the model gave them: before temperature, penalties and every other
 * step of a chain. Not thread-safe.
 */
public final class LogProbabilities {
    private final float[] logits;
    private final double logTotal;
    private final double largest;

    /**
     * Computes the denominator of the softmax of a row.
     *
     * @param logits a row of logits, one for each token; read, not copied
     * @throws CriaException if no token can follow, because a logit is not a number or all are minus infinity
     */
    public LogProbabilities(float[] logits) {
        this.logits = logits;
        float highest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            highest = Math.max(highest, logit);
        }
        largest = highest;
        double total = 0;
        for (float logit : logits) {
            total += Candidates.weight(logit, largest);
        }
        logTotal = StrictMath.log(total);
        if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
            throw new CriaException(
                    "no token can follow: the logits are minus infinity or not a number (broken weights)");
        }
    }

    /**
     * {@return the natural logarithm of a token's probability, 0 or less}
     *
     * @param token token id
     */
    public double of(int token) {
        return logits[token] == largest ? -logTotal : logits[token] - largest - logTotal;
    }

    /**
     * Finds the most probable tokens.
     *
     * @param count how many
     * @param scratch as long as the vocabulary; overwritten
     * @param consumer receives the log-probability and the id of each, the most probable first
     */
    public void largest(int count, Candidates scratch, ObjIntConsumer<Double> consumer) {
        scratch.fill(logits);
        scratch.sortLargest(count);
        for (int index = 0; index < scratch.size(); index++) {
            consumer.accept(of(scratch.id(index)), scratch.id(index));
        }
    }
}
