package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import java.util.List;

/**
 * Alpaca (github.com/tatsu-lab/stanford_alpaca), which knows one question and one answer; further ones are appended in
 * the same form. Its own system message stands where there is no other. Questions stand below their mark, as in
 * Stanford's data, and so do answers, as alpaca-lora and llama.cpp have it. FastChat's {@code alpaca} puts both on the
 * lines of their marks, so it is not followed.
 */
public record Alpaca() implements ChatTemplate {
    private static final String SYSTEM = "Below is an instruction that describes a task. "
            + "Write a response that appropriately completes the request.";
    private static final String INSTRUCTION = "### Instruction:";
    private static final String RESPONSE = "### Response:";

    @Override
    public String name() {
        return "alpaca";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.requireTurns().turns();
        Prompt.Builder prompt = Prompt.builder().reserve(INSTRUCTION, RESPONSE).start();
        dialog.system().ifPresentOrElse(text -> prompt.content(Role.SYSTEM, text), () -> prompt.text(SYSTEM));
        for (int i = 0; i < turns.size(); i++) {
            Message message = turns.get(i);
            if (message.role() == Role.ASSISTANT) {
                prompt.content(message);
                if (i + 1 < turns.size()) {
                    prompt.eos();
                }
            } else {
                prompt.text("\n\n" + INSTRUCTION + "\n").content(message).text("\n\n" + RESPONSE + "\n");
            }
        }
        return prompt.build();
    }

    @Override
    public List<String> stops() {
        return List.of(INSTRUCTION);
    }
}
