package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import java.util.Optional;

/**
 * Recognises a template by marks in its Jinja text, much as llama.cpp does. A text with marks of a format that is not
 * known here is not taken for its nearest relative: a wrong prompt is worse than none.
 */
public final class JinjaMarks {
    private final String text;

    private JinjaMarks(String text) {
        this.text = text;
    }

    /**
     * {@return the template that a text describes, if it is a known one}
     *
     * @param jinja a chat template in Jinja
     */
    public static Optional<ChatTemplate> recognise(String jinja) {
        return new JinjaMarks(jinja).recognise().map(BuiltIn::template);
    }

    private Optional<BuiltIn> recognise() {
        if (has("<|im_start|>")) {
            return has("<|im_sep|>") ? Optional.empty() : Optional.of(BuiltIn.CHATML);
        }
        if (has("[INST]")) {
            return squareBrackets();
        }
        if (has("Source: ") && has("<step>")) {
            return Optional.of(BuiltIn.CODE_LLAMA_70B);
        }
        if (has("<|assistant|>") && has("<|user|>")) {
            boolean endsWithEos = has("eos_token") || has("</s>");
            return endsWithEos && !has("<|end|>") && !has("<|endoftext|>")
                    ? Optional.of(BuiltIn.ZEPHYR)
                    : Optional.empty();
        }
        if (has("USER:") && has("ASSISTANT:")) {
            return has("SYSTEM:") ? Optional.empty() : Optional.of(BuiltIn.VICUNA);
        }
        if (has("### Instruction:") && has("### Response:")) {
            return has("<|EOT|>") ? Optional.empty() : Optional.of(BuiltIn.ALPACA);
        }
        return Optional.empty();
    }

    private Optional<BuiltIn> squareBrackets() {
        if (has("[SYSTEM_PROMPT]")) {
            return Optional.empty();
        }
        if (has("<<SYS>>")) {
            return Optional.of(BuiltIn.LLAMA2);
        }
        // tools came with the tokenizer that has brackets of its own, but newer texts for the old tokenizer list them
        // too
        boolean spaceBefore = has("' [INST]") || has("\" [INST]");
        if (has("[AVAILABLE_TOOLS]") && !spaceBefore) {
            return Optional.of(BuiltIn.MISTRAL_V3);
        }
        return Optional.of(BuiltIn.MISTRAL);
    }

    private boolean has(String mark) {
        return text.contains(mark);
    }
}
