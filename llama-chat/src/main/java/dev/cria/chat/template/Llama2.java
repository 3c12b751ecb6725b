package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import java.util.List;

/**
 * Llama 2-Chat (github.com/meta-llama/llama, {@code chat_completion}), which Code Llama-Instruct up to 34B shares. Like
 * Meta's it refuses questions that contain its marks.
 *
 * @param name the name it goes by
 * @param continues whether it goes on with the beginning of an answer, which Meta's does not
 */
public record Llama2(String name, boolean continues) implements ChatTemplate {
    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.requireTurns().turns();
        if (dialog.isContinued() && !continues) {
            throw new InvalidDialogException(
                    "the last message of a dialog must come from the USER, but comes from the ASSISTANT");
        }
        Prompt.Builder prompt = Prompt.builder().reserve("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>");
        for (int i = 0; i < turns.size(); i++) {
            String content = turns.get(i).content();
            if (turns.get(i).role() == Role.ASSISTANT) {
                prompt.text(" ").content(Role.ASSISTANT, WhiteSpace.strip(content));
                if (i + 1 < turns.size()) {
                    prompt.text(" ").eos();
                }
            } else {
                prompt.bos().text("[INST] ");
                if (i == 0 && dialog.system().isPresent()) {
                    // system block and question are stripped as a whole
                    String question = WhiteSpace.stripEnd(content);
                    prompt.text("<<SYS>>\n").content(Role.SYSTEM, dialog.system().get())
                            .text(question.isEmpty() ? "\n<</SYS>>" : "\n<</SYS>>\n\n").content(Role.USER, question);
                } else {
                    prompt.content(Role.USER, WhiteSpace.strip(content));
                }
                prompt.text(" [/INST]");
            }
        }
        return prompt.build();
    }
}
