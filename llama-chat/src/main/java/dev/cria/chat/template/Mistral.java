package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;

/**
 * Mistral-Instruct v0.1 and v0.2 (github.com/mistralai/mistral-common, instruct tokenizer version 1): one BOS for the
 * whole dialog, brackets that are text, an EOS after each answer, and the system message in front of the first
 * question. Questions and answers are encoded by themselves.
 */
public record Mistral() implements ChatTemplate {
    @Override
    public String name() {
        return "mistral";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.turns();
        Prompt.Builder prompt = Prompt.builder().bos();
        for (int i = 0; i < turns.size(); i += 2) {
            String system = i == 0
                    ? dialog.system().filter(text -> !text.isEmpty()).map(text -> text + "\n\n").orElse("")
                    : "";
            prompt.text("[INST] " + system + turns.get(i).content() + " [/INST]");
            if (i + 1 < turns.size()) {
                prompt.cut().text(turns.get(i + 1).content()).eos();
            }
        }
        return prompt.build();
    }
}
