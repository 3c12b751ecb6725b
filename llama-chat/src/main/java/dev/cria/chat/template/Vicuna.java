package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;

/**
 * Vicuna 1.1 to 1.5 (github.com/lm-sys/FastChat, {@code vicuna_v1.1}); its own system message stands where there is no
 * other.
 */
public record Vicuna() implements ChatTemplate {
    private static final String SYSTEM = "A chat between a curious user and an artificial intelligence assistant. "
            + "The assistant gives helpful, detailed, and polite answers to the user's questions.";

    @Override
    public String name() {
        return "vicuna";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.turns();
        Prompt.Builder prompt = Prompt.builder().start().text(dialog.system().orElse(SYSTEM) + " ");
        for (int i = 0; i < turns.size(); i += 2) {
            prompt.text("USER: " + turns.get(i).content() + " ASSISTANT:");
            if (i + 1 < turns.size()) {
                prompt.text(" " + turns.get(i + 1).content()).eos();
            }
        }
        return prompt.build();
    }
}
