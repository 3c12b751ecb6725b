package dev.cria.model.engine;

import dev.cria.model.sampling.Candidates;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Hands the logits of a pass with guesses to a head in order, as far as it chooses what was guessed. So it sees what it
 * would have seen without guesses, pass by pass.
 */
final class GuessedOutputs {
    private final Head head;
    private final int vocabularySize;
    private final int[] guesses;
    private final int first;
    /** How many outputs the head has had. */
    private int accepted;
    private boolean over;
    /** Logits that came before their turn. */
    private final Map<Integer, float[]> early = new HashMap<>();

    /**
     * @param first position of the last token that is known
     * @param guesses the tokens after it
     */
    GuessedOutputs(Head head, int first, int[] guesses, int vocabularySize) {
        this.head = head;
        this.first = first;
        this.guesses = guesses;
        this.vocabularySize = vocabularySize;
    }

    /** Takes logits, in a thread of the team. */
    synchronized void accept(int position, float[] values, int offset, Candidates scratch) {
        if (over) {
            return;
        }
        if (position > first + accepted) {
            early.put(position, Arrays.copyOfRange(values, offset, offset + vocabularySize));
            return;
        }
        choose(values, offset, scratch);
        while (!over && early.containsKey(first + accepted)) {
            choose(Objects.requireNonNull(early.remove(first + accepted)), 0, scratch);
        }
    }

    private void choose(float[] values, int offset, Candidates scratch) {
        over = true; // unless all goes well
        head.accept(first + accepted, values, offset, scratch);
        over = accepted == guesses.length || !head.confirms(guesses[accepted]);
        accepted++;
    }
}
