package dev.cria.model.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who guesses the next tokens of sequences, so that a pass can check several. The outcome does not depend on it.
 *
 * @param promptLookup whether they are looked up in the tokens so far, unless a sequence chooses otherwise
 * @param model a smaller model, which guesses where the look-up has nothing to say
 */
public record Drafting(boolean promptLookup, Optional<DraftModel> model) {
    /** Nobody guesses. */
    public static final Drafting NONE = new Drafting(false, Optional.empty());

    List<Drafter> drafters(Optional<Boolean> lookup) {
        List<Drafter> drafters = new ArrayList<>();
        if (lookup.orElse(promptLookup)) {
            drafters.add(new PromptLookup());
        }
        model.ifPresent(known -> drafters.add(known.drafter()));
        return drafters;
    }
}
