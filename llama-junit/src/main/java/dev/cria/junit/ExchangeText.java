package dev.cria.junit;

import dev.cria.model.generation.GenerationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a model was asked and what it answered, in words.
 *
 * @param text the exchanges
 * @param isComplete whether none was left out
 */
record ExchangeText(String text, boolean isComplete) {
    /** {@return an exchange in words} */
    static String of(GenerationResult result) {
        return text(result, promptAfter(Optional.empty(), result), indented(result.text()));
    }

    private static String text(GenerationResult result, String prompt, String answer) {
        return "Prompt (" + result.promptTokens().size() + " tokens)" + prompt + "Answer ("
                + result.tokens().size() + " tokens, " + result.finishReason() + "):\n" + answer
                + (result.seed().isPresent() ? "Seed " + result.seed().getAsLong() + ", options " : "Options ")
                + result.options();
    }

    /** {@return an answer of which no more is known, in words} */
    static String ofAnswer(String text) {
        return "Answer:\n" + indented(text).stripTrailing();
    }

    static String indented(String text) {
        return text.isEmpty() ? "    (nothing)\n" : text.indent(4);
    }

    /** {@return those exchanges in words that a failure does not show already} */
    static ExchangeText beyond(Throwable failure, List<GenerationResult> results) {
        String shown = Causes.of(failure).map(Throwable::getMessage).filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
        List<GenerationResult> left = results.stream().filter(result -> !shows(shown, result)).toList();
        List<String> texts = new ArrayList<>();
        Optional<GenerationResult> last = Optional.empty();
        for (GenerationResult result : left) {
            texts.add(text(result, promptAfter(last, result),
                    showsAnswer(shown, result.text()) ? "    (the one above)\n" : indented(result.text())));
            last = Optional.of(result);
        }
        return new ExchangeText(String.join("\n\n", texts), left.size() == results.size());
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    /** By itself, with the answer as a chat returns it or not yet stripped, or within a longer conversation. */
    private static boolean shows(String shown, GenerationResult result) {
        String prompt = indented(result.prompt());
        if (shown.contains(of(result)) || shown.contains(
                text(result, promptAfter(Optional.empty(), result), indented(result.text().strip())))) {
            return true;
        }
        String beginning = prompt.stripTrailing();
        int at = shown.indexOf(beginning);
        return at >= 0 && shown.substring(at + beginning.length()).stripLeading()
                .startsWith(indented(result.text()).strip());
    }

    private static boolean showsAnswer(String shown, String text) {
        String answer = ofAnswer(text.strip());
        int at = shown.indexOf(answer);
        String rest = at < 0 ? "" : shown.substring(at + answer.length());
        boolean isWhole = !rest.startsWith("\n    ")
                && (rest.isEmpty() || rest.startsWith("\n") || rest.startsWith("]"));
        return at >= 0 && isWhole;
    }

    /** A conversation is not told again with each of its turns. */
    private static String promptAfter(Optional<GenerationResult> last, GenerationResult result) {
        String prompt = result.prompt();
        if (last.isEmpty() || !prompt.startsWith(last.get().prompt())) {
            return ":\n" + indented(prompt);
        }
        String rest = prompt.substring(last.get().prompt().length());
        if (rest.isEmpty()) {
            return ":\n    (the one above)\n";
        }
        String answer = last.get().text().strip();
        return rest.stripLeading().startsWith(answer)
                ? ", after prompt and answer above:\n"
                        + indented(rest.stripLeading().substring(answer.length()).strip())
                : ", after the prompt above:\n" + indented(rest);
    }
}
