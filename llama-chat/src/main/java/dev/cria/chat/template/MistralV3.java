package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import java.util.List;

/**
 * Mistral-Instruct v0.3 (github.com/mistralai/mistral-common, instruct tokenizer version 3): the brackets are tokens of
 * their own, the system message stands in front of the last question, and spaces at the ends of answers are left out.
 */
public record MistralV3() implements ChatTemplate {
    @Override
    public String name() {
        return "mistral-v3";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.requireTurns().turns();
        int lastQuestion = turns.size() - (dialog.isContinued() ? 2 : 1);
        Prompt.Builder prompt = Prompt.builder().bos();
        for (int i = 0; i < turns.size(); i++) {
            Message message = turns.get(i);
            if (message.role() == Role.ASSISTANT) {
                prompt.content(Role.ASSISTANT, withoutSpaces(message.content()));
                if (i + 1 < turns.size()) {
                    prompt.eos();
                }
            } else {
                prompt.mark("[INST]");
                if (i == lastQuestion) {
                    Mistral.system(prompt, dialog);
                }
                prompt.content(message).mark("[/INST]");
            }
        }
        return prompt.build();
    }

    /** As mistral-common: spaces only, and no other white space. */
    private static String withoutSpaces(String answer) {
        int end = answer.length();
        while (end > 0 && answer.charAt(end - 1) == ' ') {
            end--;
        }
        return answer.substring(0, end);
    }
}
