package dev.cria.model.sampling;

import dev.cria.core.CriaException;
import java.util.function.ObjIntConsumer;

/**
 * Natural-log probabilities of a row of logits as the model gave them: before temperature, penalties and every other
 * step of a chain. Not thread-safe.
 */
public final class LogProbabilities {
    private final float[] logits;
    private final int offset;
    private final double logTotal;
    private final double largest;

    /**
     * Computes the denominator of the softmax of a row.
     *
     * @param logits holds a row of logits, one for each token; read, not copied
     * @param offset index of the first
     * @param count how many there are
     * @throws CriaException if no token can follow, because a logit is not a number or all are minus infinity
     */
    public LogProbabilities(float[] logits, int offset, int count) {
        this.logits = logits;
        this.offset = offset;
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = offset; i < offset + count; i++) {
            highest = Math.max(highest, logits[i]);
        }
        largest = highest;
        double total = 0;
        for (int i = offset; i < offset + count; i++) {
            total += Candidates.weight(logits[i], largest);
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
        float logit = logits[offset + token];
        return logit == largest ? -logTotal : logit - largest - logTotal;
    }

    /**
     * Finds the most probable tokens.
     *
     * @param count how many
     * @param scratch as long as the vocabulary; overwritten
     * @param consumer receives the log-probability and the id of each, the most probable first
     */
    public void largest(int count, Candidates scratch, ObjIntConsumer<Double> consumer) {
        scratch.fill(logits, offset);
        scratch.sortLargest(count);
        for (int index = 0; index < scratch.size(); index++) {
            consumer.accept(of(scratch.id(index)), scratch.id(index));
        }
    }
}
