package dev.cria.junit;

import java.util.Locale;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/** Assertions of how probable answers are to a model. */
public final class ChoiceAssert extends AbstractAssert<ChoiceAssert, ChoiceProbabilities> {
    ChoiceAssert(ChoiceProbabilities actual) {
        super(actual, ChoiceAssert.class);
    }

    /**
     * Checks that a choice is more probable than every other one.
     *
     * @param choice one of the choices
     * @return this
     */
    public ChoiceAssert prefers(String choice) {
        probability(choice);
        if (!actual.best().equals(choice)) {
            throw wrong("The model should prefer \"" + choice + "\", but prefers \"" + actual.best() + "\".");
        }
        return this;
    }

    /**
     * Checks that a choice is at least so probable among the choices.
     *
     * @param choice one of the choices
     * @param least from 0 to 1
     * @return this
     */
    public ChoiceAssert givesAtLeast(String choice, double least) {
        double found = probability(choice);
        if (!(found >= least)) {
            throw wrong(String.format(Locale.ROOT, "\"%s\" should have a probability of at least %.4f, but has %.4f.",
                    choice, least, found));
        }
        return this;
    }

    /**
     * Checks that a choice is at most so probable among the choices.
     *
     * @param choice one of the choices
     * @param most from 0 to 1
     * @return this
     */
    public ChoiceAssert givesAtMost(String choice, double most) {
        double found = probability(choice);
        if (!(found <= most)) {
            throw wrong(String.format(Locale.ROOT, "\"%s\" should have a probability of at most %.4f, but has %.4f.",
                    choice, most, found));
        }
        return this;
    }

    private double probability(String choice) {
        isNotNull();
        Double probability = actual.probabilities().get(choice);
        if (probability == null) {
            throw new IllegalArgumentException(
                    "\"" + choice + "\" is none of the choices " + actual.probabilities().keySet());
        }
        return probability;
    }

    private AssertionError wrong(String problem) {
        String table = actual.probabilities().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "    %.4f  %s", entry.getValue(), entry.getKey()))
                .collect(Collectors.joining("\n"));
        return failure("%s", problem + "\nPrompt:\n" + ExchangeText.indented(actual.prompt()) + "Choices:\n" + table);
    }
}
