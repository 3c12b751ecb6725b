package dev.cria.chat;

import dev.cria.chat.template.Llama2;
import java.util.List;

/**
 * How a model was taught to read dialogs. Implementations are stateless; write your own for a model with a format of its own.
 */
public interface ChatTemplate {
    /** {@return a short name, such as {@code llama2}} */
    String name();

    /**
     * Writes a dialog down so that the model's answer comes next.
     *
     * @param dialog the dialog
     * @return the prompt
     */
    Prompt render(Dialog dialog);

    /** {@return texts that end an answer, besides EOS} */
    default List<String> stops() {
        return List.of();
    }

    /**
     * The format of Llama 2-Chat, token for token as Meta's reference forms it: each question and its answer are encoded by
     * themselves, between BOS and EOS; the system message is folded into the first question; question and answer are stripped of white
     * space at both ends.
     *
     * @return the template
     */
    static ChatTemplate llama2() {
        return new Llama2();
    }
}
