package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
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
        List<Message> turns = dialog.requireTurns().turns();
        Prompt.Builder prompt = Prompt.builder().reserve("[INST]", "[/INST]").bos();
        for (int i = 0; i < turns.size(); i++) {
            Message message = turns.get(i);
            if (message.role() == Role.ASSISTANT) {
                prompt.cut().content(message);
                if (i + 1 < turns.size()) {
                    prompt.eos();
                }
            } else {
                prompt.text("[INST] ");
                if (i == 0) {
                    system(prompt, dialog);
                }
                prompt.content(message).text(" [/INST]");
            }
        }
        return prompt.build();
    }

    /** Mistral's formats have no place for system messages but in front of a question. */
    static void system(Prompt.Builder prompt, Dialog dialog) {
        dialog.system().filter(text -> !text.isEmpty())
                .ifPresent(text -> prompt.content(Role.SYSTEM, text).text("\n\n"));
    }
}
