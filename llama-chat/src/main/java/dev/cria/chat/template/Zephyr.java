package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.Locale;

/**
 * Zephyr (huggingface.co/HuggingFaceH4/zephyr-7b-beta), which TinyLlama-Chat shares: each message stands below the mark
 * of its role and ends with EOS.
 *
 * @param name the name it goes by
 */
public record Zephyr(String name) implements ChatTemplate {
    @Override
    public Prompt render(Dialog dialog) {
        Prompt.Builder prompt = Prompt.builder().start();
        for (Message message : dialog.messages()) {
            prompt.mark("<|" + message.role().name().toLowerCase(Locale.ROOT) + "|>")
                    .text("\n" + message.content()).eos().text("\n");
        }
        return prompt.mark("<|assistant|>").text("\n").build();
    }
}
