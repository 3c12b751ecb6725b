package dev.cria.junit;

import dev.cria.chat.Dialog;
import dev.cria.chat.Prompt;
import dev.cria.model.LanguageModel;
import dev.cria.model.LlamaModel;
import dev.cria.model.TextRequest;
import dev.cria.model.generation.GenerationResult;
import java.util.List;

/** The beginning of every assertion about a language model, to be imported statically. */
public final class LlamaAssertions {
    private LlamaAssertions() {}

    /**
     * Begins assertions of an answer.
     *
     * @param answer the answer
     * @return the assertions
     */
    public static AnswerAssert assertThatAnswer(GenerationResult answer) {
        return new AnswerAssert(answer);
    }

    /**
     * Generates an answer and begins assertions of it.
     *
     * @param question a chat whose user has said something, or a generation
     * @return the assertions
     */
    public static AnswerAssert assertThatAnswer(TextRequest<?> question) {
        return new AnswerAssert(question.result());
    }

    /**
     * Begins assertions of an answer that code under test has returned as a text.
     *
     * @param answer the text
     * @return the assertions
     */
    public static TextAnswerAssert assertThatAnswer(String answer) {
        return new TextAnswerAssert(answer);
    }

    /**
     * Begins assertions of a prompt.
     *
     * @param prompt what a {@link dev.cria.chat.ChatTemplate} has rendered
     * @return the assertions
     */
    public static PromptAssert assertThatPrompt(Prompt prompt) {
        return new PromptAssert(prompt);
    }

    /**
     * Renders a dialog as a model wants to read it, without asking the model, and begins assertions of that prompt.
     *
     * @param model the model
     * @param dialog the dialog
     * @return the assertions
     */
    public static PromptAssert assertThatPrompt(LanguageModel model, Dialog dialog) {
        return new PromptAssert(model.chatTemplate().render(dialog));
    }

    /**
     * Begins assertions of how probable each of some answers to a dialog is.
     *
     * @param model the model
     * @param dialog the dialog
     * @param choices the answers, at least two, all different
     * @return the assertions
     */
    public static ChoiceAssert assertThatChoice(LlamaModel model, Dialog dialog, String... choices) {
        return new ChoiceAssert(ChoiceProbabilities.of(model, dialog, choices));
    }

    /**
     * Begins assertions of how probable each of some continuations of a text is.
     *
     * @param model the model
     * @param prompt the text
     * @param choices the continuations, at least two, all different, each beginning with a new word
     * @return the assertions
     */
    public static ChoiceAssert assertThatChoice(LlamaModel model, String prompt, String... choices) {
        return new ChoiceAssert(ChoiceProbabilities.of(model, prompt, choices));
    }

    /**
     * Begins assertions of a whole table of cases.
     *
     * @param cases the cases, for example those of a parameter with {@link PromptSource}
     * @param <T> the type of a case
     * @return the assertions
     */
    public static <T> CasesAssert<T> assertThatCases(List<? extends T> cases) {
        return new CasesAssert<>(cases);
    }
}
