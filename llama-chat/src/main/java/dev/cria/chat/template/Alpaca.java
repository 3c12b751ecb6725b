package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import java.util.List;

/**
 * Alpaca (github.com/tatsu-lab/stanford_alpaca), which knows one question and one answer; further ones are appended in
 * the same form. Its own system message stands where there is no other.
 */
public record Alpaca() implements ChatTemplate {
    private static final String SYSTEM = "Below is an instruction that describes a task. "
            + "Write a response that appropriately completes the request.";
    private static final String INSTRUCTION = "### Instruction:";

    @Override
    public String name() {
        return "alpaca";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.turns();
        Prompt.Builder prompt = Prompt.builder().start().text(dialog.system().orElse(SYSTEM));
        for (int i = 0; i < turns.size(); i += 2) {
            prompt.text("\n\n" + INSTRUCTION + "\n" + turns.get(i).content() + "\n\n### Response:\n");
            if (i + 1 < turns.size()) {
                prompt.text(turns.get(i + 1).content()).eos();
            }
        }
        return prompt.build();
    }

    @Override
    public List<String> stops() {
        return List.of(INSTRUCTION);
    }
}
