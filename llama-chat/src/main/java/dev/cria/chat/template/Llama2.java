package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Prompt.Segment;
import java.util.ArrayList;
import java.util.List;

/** Llama 2-Chat (github.com/meta-llama/llama, {@code chat_completion}). */
public final class Llama2 implements ChatTemplate {
    @Override
    public String name() {
        return "llama2";
    }

    @Override
    public Prompt render(Dialog dialog) {
        List<Message> turns = dialog.turns();
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < turns.size(); i += 2) {
            String user = turns.get(i).content();
            if (i == 0 && dialog.system().isPresent()) {
                user = "<<SYS>>\n" + dialog.system().get() + "\n<</SYS>>\n\n" + user;
            }
            String question = "[INST] " + WhiteSpace.strip(user) + " [/INST]";
            if (i + 1 < turns.size()) {
                String answer = WhiteSpace.strip(turns.get(i + 1).content());
                segments.add(new Segment(true, question + " " + answer + " ", true));
            } else {
                segments.add(new Segment(true, question, false));
            }
        }
        return new Prompt(segments);
    }
}
