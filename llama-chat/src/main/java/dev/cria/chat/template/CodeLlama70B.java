package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import java.util.List;

/**
 * Code Llama-Instruct 70B (github.com/meta-llama/codellama, {@code dialog_prompt_tokens}): each message has a header
 * that says where it comes from and ends with a token of its own; there is always a system message, if an empty one.
 * Header and body are encoded by themselves.
 */
public record CodeLlama70B() implements ChatTemplate {
    private static final String STEP = "<step>";

    @Override
    public String name() {
        return "codellama-70b";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.requireTurns().turns();
        Prompt.Builder prompt = Prompt.builder().bos();
        add(prompt, Role.SYSTEM, dialog.system().orElse(""));
        for (Message message : dialog.isContinued() ? turns.subList(0, turns.size() - 1) : turns) {
            add(prompt, message.role(), message.content());
        }
        prompt.text(" Source: assistant\nDestination: user").cut().text("\n\n ");
        if (dialog.isContinued()) {
            prompt.content(Role.ASSISTANT, WhiteSpace.strip(turns.getLast().content()));
        }
        return prompt.build();
    }

    private static void add(Prompt.Builder prompt, Role role, String content) {
        prompt.text(" Source: " + role.label());
        if (!content.isEmpty()) {
            prompt.cut().text("\n\n ").content(role, WhiteSpace.strip(content));
        }
        prompt.mark(STEP);
    }

    @Override
    public List<String> stops() {
        return List.of(STEP);
    }
}
