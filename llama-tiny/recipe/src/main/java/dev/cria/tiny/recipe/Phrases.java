package dev.cria.tiny.recipe;

import java.util.Arrays;
import java.util.List;

/**
 * Ways to say the same.
 *
 * @param training those that training draws from
 * @param heldOut those that only the evaluation draws from
 */
record Phrases(List<String> training, List<String> heldOut) {
    Phrases {
        training = List.copyOf(training);
        heldOut = List.copyOf(heldOut);
        if (training.stream().anyMatch(heldOut::contains)) {
            throw new IllegalArgumentException("a phrasing that is held out must not be trained: " + heldOut);
        }
    }

    /** {@return the phrasings of some lines, those after a line of dashes held out} */
    static Phrases of(String lines) {
        String[] halves = lines.strip().split("\n-+\n", -1);
        if (halves.length != 2) {
            throw new IllegalArgumentException("expected one line of dashes in: " + lines);
        }
        return new Phrases(Arrays.asList(halves[0].split("\n", -1)), Arrays.asList(halves[1].split("\n", -1)));
    }
}
