package dev.cria.junit;

import dev.cria.chat.Dialog;
import dev.cria.chat.Prompt;
import dev.cria.model.LlamaModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * How probable some answers are to a model, of which one has to be given. Nothing is drawn, so this tells more than an
 * answer does: how sure the model is.
 *
 * @param prompt the prompt, for people
 * @param probabilities the probability of each answer, in the order in which they were given; together 1
 */
public record ChoiceProbabilities(String prompt, SequencedMap<String, Double> probabilities) {
    /** Copies the map. */
    public ChoiceProbabilities {
        probabilities = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(probabilities));
    }

    /**
     * Asks for the answers to the last message of a dialog. An answer is complete: what ends it counts too.
     *
     * @param model the model
     * @param dialog the dialog
     * @param choices the answers, at least two, all different
     * @return their probabilities
     */
    public static ChoiceProbabilities of(LlamaModel model, Dialog dialog, String... choices) {
        Prompt prompt = model.chatTemplate().render(dialog);
        return of(model, prompt.text(), prompt.encode(model.tokenizer()), new int[]{endOfAnswer(model)}, choices);
    }

    private static int endOfAnswer(LlamaModel model) {
        return model.chatTemplate().stops().stream().map(model.tokenizer()::idOf).filter(OptionalInt::isPresent)
                .mapToInt(OptionalInt::getAsInt).findFirst().orElse(model.tokenizer().vocabulary().eos());
    }

    /**
     * Asks for continuations of a text. More may follow them.
     *
     * @param model the model
     * @param prompt the text
     * @param choices the continuations, at least two, all different, each beginning with a new word
     * @return their probabilities
     */
    public static ChoiceProbabilities of(LlamaModel model, String prompt, String... choices) {
        return of(model, prompt, model.promptTokens(prompt), new int[0], choices);
    }

    private static ChoiceProbabilities of(LlamaModel model, String text, int[] prompt, int[] end, String... choices) {
        List<int[]> answers = new ArrayList<>();
        for (String choice : choices) {
            int[] answer = model.tokenizer().encode(choice.strip());
            if (answer.length == 0 || Collections.frequency(List.of(choices), choice) > 1) {
                throw new IllegalArgumentException(
                        "choices must be different and not empty, but there is \"" + choice + "\" among them");
            }
            answers.add(IntStream.concat(IntStream.of(answer), IntStream.of(end)).toArray());
        }
        if (answers.size() < 2) {
            throw new IllegalArgumentException("there must be at least two choices, but there are " + answers.size());
        }
        SequencedMap<String, Double> logarithms = new LinkedHashMap<>();
        List<Double> scores = model.scoreContinuations(prompt, answers);
        for (int i = 0; i < choices.length; i++) {
            logarithms.put(choices[i], scores.get(i));
        }
        double largest = Collections.max(logarithms.values());
        double sum = logarithms.values().stream().mapToDouble(log -> Math.exp(log - largest)).sum();
        SequencedMap<String, Double> probabilities = new LinkedHashMap<>();
        logarithms.forEach((choice, log) -> probabilities.put(choice, Math.exp(log - largest) / sum));
        return new ChoiceProbabilities(text, probabilities);
    }

    /** {@return the most probable choice} */
    public String best() {
        return Collections.max(probabilities.entrySet(), Map.Entry.comparingByValue()).getKey();
    }
}
