package dev.cria.train;

/**
 * A document to learn from: its tokens, and which of them the model should learn to predict from those before them.
 *
 * @param tokens token ids, BOS included where the model is to see it
 * @param learnt for each token whether it counts in the loss; the first never does, because nothing comes before it
 */
public record TrainingExample(int[] tokens, boolean[] learnt) {
    /**
     * Checks the lengths. The arrays are not copied and must not be changed afterwards.
     *
     * @throws IllegalArgumentException if there are fewer than 2 tokens or the arrays differ in length
     */
    public TrainingExample {
        if (tokens.length < 2) {
            throw new IllegalArgumentException("an example has at least 2 tokens, not " + tokens.length);
        }
        if (learnt.length != tokens.length) {
            throw new IllegalArgumentException("an example has one flag a token, but " + learnt.length + " for "
                    + tokens.length + " tokens");
        }
    }
}
