package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;

/** ChatML: each message stands between two tokens, with its role in the first line. They may come in any order. */
public record ChatMl() implements ChatTemplate {
    private static final String START = "<|im_start|>";
    private static final String END = "<|im_end|>";

    @Override
    public String name() {
        return "chatml";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> messages = dialog.messages();
        Prompt.Builder prompt = Prompt.builder().reserve(START, END).start();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            prompt.mark(START).text(message.role().label() + "\n").content(message);
            if (i + 1 < messages.size() || !dialog.isContinued()) {
                prompt.mark(END).text("\n");
            }
        }
        return (dialog.isContinued() ? prompt : prompt.mark(START).text("assistant\n")).build();
    }

    @Override
    public List<String> stops() {
        return List.of(END);
    }
}
