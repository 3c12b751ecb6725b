package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;

/**
 * Mistral-Instruct v0.3 (github.com/mistralai/mistral-common, instruct tokenizer version 3): the brackets are tokens of
 * their own, and the system message stands in front of the last question.
 */
public record MistralV3() implements ChatTemplate {
    @Override
    public String name() {
        return "mistral-v3";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.turns();
        Prompt.Builder prompt = Prompt.builder().bos();
        for (int i = 0; i < turns.size(); i += 2) {
            boolean last = i + 1 == turns.size();
            String system = last
                    ? dialog.system().filter(text -> !text.isEmpty()).map(text -> text + "\n\n").orElse("")
                    : "";
            prompt.mark("[INST]").text(system + turns.get(i).content()).mark("[/INST]");
            if (!last) {
                prompt.text(turns.get(i + 1).content()).eos();
            }
        }
        return prompt.build();
    }
}
