package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import java.util.List;

/**
 * Zephyr (huggingface.co/HuggingFaceH4/zephyr-7b-beta), which TinyLlama-Chat shares: each message stands below the mark
 * of its role and ends with EOS. Messages may come in any order, but there are none of tools.
 *
 * @param name the name it goes by
 */
public record Zephyr(String name) implements ChatTemplate {
    @Override
    public Prompt render(Dialog dialog) {
        List<Message> messages = dialog.messages();
        Prompt.Builder prompt = Prompt.builder().reserve(mark(Role.SYSTEM), mark(Role.USER), mark(Role.ASSISTANT))
                .start();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (message.role() == Role.TOOL) {
                throw new InvalidDialogException(
                        "message " + (i + 1) + " of the dialog comes from the TOOL, which " + name
                                + " has no mark for");
            }
            prompt.mark(mark(message.role())).text("\n").content(message);
            if (i + 1 < messages.size() || !dialog.isContinued()) {
                prompt.eos().text("\n");
            }
        }
        return (dialog.isContinued() ? prompt : prompt.mark(mark(Role.ASSISTANT)).text("\n")).build();
    }

    private static String mark(Role role) {
        return "<|" + role.label() + "|>";
    }
}
