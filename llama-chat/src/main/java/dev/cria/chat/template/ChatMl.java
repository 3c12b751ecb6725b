package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;
import java.util.Locale;

/** ChatML: each message stands between two tokens, with its role in the first line. */
public record ChatMl() implements ChatTemplate {
    private static final String START = "<|im_start|>";
    private static final String END = "<|im_end|>";

    @Override
    public String name() {
        return "chatml";
    }

    @Override
    public Prompt render(Dialog dialog) {
        Prompt.Builder prompt = Prompt.builder().start();
        for (Message message : dialog.messages()) {
            prompt.mark(START).text(message.role().name().toLowerCase(Locale.ROOT) + "\n" + message.content()).mark(END)
                    .text("\n");
        }
        return prompt.mark(START).text("assistant\n").build();
    }

    @Override
    public List<String> stops() {
        return List.of(END);
    }
}
