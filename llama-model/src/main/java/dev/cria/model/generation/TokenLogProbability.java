package dev.cria.model.generation;

import java.util.List;

/**
 * How probable a generated token was to the model itself: before temperature, penalties, bias and every other option
 * that changes the choice.
 *
 * @param token id of the token that was chosen
 * @param logProbability natural logarithm of its probability, 0 or less
 * @param alternatives the most probable tokens at this place, the most probable first; may contain the chosen one
 */
public record TokenLogProbability(int token, double logProbability, List<Alternative> alternatives) {
    /** Copies the alternatives. */
    public TokenLogProbability {
        alternatives = List.copyOf(alternatives);
    }

    /**
     * One of the most probable tokens.
     *
     * @param token token id
     * @param logProbability natural logarithm of its probability, 0 or less
     */
    public record Alternative(int token, double logProbability) {}
}
