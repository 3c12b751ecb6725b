package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;

/**
 * Llama 2-Chat (github.com/meta-llama/llama, {@code chat_completion}), which Code Llama-Instruct up to 34B shares.
 *
 * @param name the name it goes by
 */
public record Llama2(String name) implements ChatTemplate {
    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.turns();
        Prompt.Builder prompt = Prompt.builder();
        for (int i = 0; i < turns.size(); i += 2) {
            String user = turns.get(i).content();
            if (i == 0 && dialog.system().isPresent()) {
                user = "<<SYS>>\n" + dialog.system().get() + "\n<</SYS>>\n\n" + user;
            }
            prompt.bos().text("[INST] " + WhiteSpace.strip(user) + " [/INST]");
            if (i + 1 < turns.size()) {
                prompt.text(" " + WhiteSpace.strip(turns.get(i + 1).content()) + " ").eos();
            }
        }
        return prompt.build();
    }
}
