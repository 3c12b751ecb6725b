package dev.cria.junit;

import dev.cria.chat.Prompt;
import dev.cria.tokenizer.Tokenizer;
import org.assertj.core.api.AbstractAssert;

/** Assertions of a prompt that has been rendered and not asked. They need no model. */
public final class PromptAssert extends AbstractAssert<PromptAssert, Prompt> {
    PromptAssert(Prompt actual) {
        super(actual, PromptAssert.class);
    }

    /**
     * Checks the prompt as a text, character for character.
     *
     * @param text BOS and EOS written as {@code <s>} and {@code </s>}
     * @return this
     */
    public PromptAssert rendersTo(String text) {
        isNotNull();
        String rendered = actual.text();
        if (!rendered.equals(text)) {
            throw failureWithActualExpected(rendered, text, "%s", "The prompt should render to\n"
                    + ExchangeText.indented(text) + "but differs from character " + mismatch(rendered, text)
                    + " on:\n" + ExchangeText.indented(rendered).stripTrailing());
        }
        return this;
    }

    /**
     * Checks that the prompt stays within a budget.
     *
     * @param tokenizer the model's tokenizer
     * @param most the most tokens that it may have, BOS and EOS included
     * @return this
     */
    public PromptAssert hasAtMostTokens(Tokenizer tokenizer, int most) {
        isNotNull();
        int tokens = actual.encode(tokenizer).length;
        if (tokens > most) {
            throw failure("%s", "The prompt should have at most " + most + " tokens, but has " + tokens + ":\n"
                    + ExchangeText.indented(actual.text()).stripTrailing());
        }
        return this;
    }

    /** {@return the index of the first character in which two different texts differ} */
    static int mismatch(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        return at;
    }
}
