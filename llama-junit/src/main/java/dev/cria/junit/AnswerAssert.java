package dev.cria.junit;

import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import java.util.Arrays;

/** Assertions of an answer. A failure shows the rendered prompt, the whole answer, the seed and the options. */
public final class AnswerAssert extends AbstractAnswerAssert<AnswerAssert, GenerationResult> {
    AnswerAssert(GenerationResult actual) {
        super(actual, AnswerAssert.class);
    }

    @Override
    String answer() {
        isNotNull();
        return actual.text();
    }

    @Override
    String circumstances() {
        return ExchangeText.of(actual);
    }

    /**
     * Checks why the answer ended.
     *
     * @param reasons the reasons that are right, at least one
     * @return this
     */
    public AnswerAssert finishedBy(FinishReason... reasons) {
        isNotNull();
        if (!Arrays.asList(reasons).contains(actual.finishReason())) {
            throw wrong("The answer should be finished by " + (reasons.length == 1
                    ? reasons[0]
                    : "any of " + Arrays.toString(reasons)) + ", but was finished by " + actual.finishReason() + ".");
        }
        return this;
    }

    /**
     * Checks that the model itself ended the answer, or a stop string did: it was not cut.
     *
     * @return this
     */
    public AnswerAssert isComplete() {
        return finishedBy(FinishReason.STOP_TOKEN, FinishReason.STOP_STRING);
    }

    /**
     * Checks that the answer stays within a budget.
     *
     * @param most the most tokens that it may have
     * @return this
     */
    public AnswerAssert hasAtMostTokens(int most) {
        isNotNull();
        if (actual.tokens().size() > most) {
            throw wrong("The answer should have at most " + most + " tokens, but has " + actual.tokens().size() + ".");
        }
        return this;
    }

    /**
     * Checks that the prompt stays within a budget.
     *
     * @param most the most tokens that it may have
     * @return this
     */
    public AnswerAssert hasPromptOfAtMostTokens(int most) {
        isNotNull();
        if (actual.promptTokens().size() > most) {
            throw wrong("The prompt should have at most " + most + " tokens, but has " + actual.promptTokens().size()
                    + ".");
        }
        return this;
    }

    /**
     * Checks what the model read, character for character.
     *
     * @param rendered for a chat, the dialog as the chat template writes it, BOS and EOS as {@code <s>} and
     *        {@code </s>}; otherwise the prompt that was given
     * @return this
     */
    public AnswerAssert hasPrompt(String rendered) {
        isNotNull();
        if (!actual.prompt().equals(rendered)) {
            throw different("The prompt should be\n" + ExchangeText.indented(rendered)
                    + "but differs from character " + PromptAssert.mismatch(actual.prompt(), rendered) + " on.",
                    actual.prompt(), rendered);
        }
        return this;
    }
}
