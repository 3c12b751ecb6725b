package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import java.util.List;

/**
 * Vicuna 1.1 to 1.5 (github.com/lm-sys/FastChat, {@code vicuna_v1.1}); its own system message stands where there is no
 * other.
 */
public record Vicuna() implements ChatTemplate {
    private static final String SYSTEM = "A chat between a curious user and an artificial intelligence assistant. "
            + "The assistant gives helpful, detailed, and polite answers to the user's questions.";
    private static final String USER = "USER:";
    private static final String ASSISTANT = "ASSISTANT:";

    @Override
    public String name() {
        return "vicuna";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.requireTurns().turns();
        Prompt.Builder prompt = Prompt.builder().reserve(USER, ASSISTANT).start();
        dialog.system().ifPresentOrElse(text -> prompt.content(Role.SYSTEM, text), () -> prompt.text(SYSTEM));
        prompt.text(" ");
        for (int i = 0; i < turns.size(); i++) {
            Message message = turns.get(i);
            if (message.role() == Role.ASSISTANT) {
                prompt.text(" ").content(message);
                if (i + 1 < turns.size()) {
                    prompt.eos();
                }
            } else {
                prompt.text(USER + " ").content(message).text(" " + ASSISTANT);
            }
        }
        return prompt.build();
    }
}
