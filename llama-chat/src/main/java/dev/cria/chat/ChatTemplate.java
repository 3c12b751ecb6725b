package dev.cria.chat;

import dev.cria.chat.template.BuiltIn;
import dev.cria.chat.template.Llama2;
import java.util.List;
import java.util.SequencedSet;

/**
 * How a model was taught to read dialogs. {@link JinjaTemplate} executes the text that a model's file carries; the
 * templates with {@linkplain #names names} are for files without one. Implementations are stateless; write your own for
 * a model with a format of its own:
 *
 * <pre>{@code
 * final class Plain implements ChatTemplate {
 *     public String name() {
 *         return "plain";
 *     }
 *
 *     public Prompt render(Dialog dialog) {
 *         Prompt.Builder prompt = Prompt.builder().bos();
 *         for (Message message : dialog.messages()) {
 *             prompt.text(message.role() + ": ").content(message).text("\n");
 *         }
 *         return prompt.text("ASSISTANT:").build();
 *     }
 *
 *     public List<String> stops() {
 *         return List.of("USER:");
 *     }
 * }
 * }</pre>
 */
public interface ChatTemplate {
    /** {@return a short name, such as {@code llama2}} */
    String name();

    /**
     * Writes a dialog down so that the model's answer comes next, or the rest of the answer that the dialog ends with.
     *
     * @param dialog the dialog
     * @return the prompt
     * @throws InvalidDialogException if the template has no place for one of the messages
     */
    Prompt render(Dialog dialog);

    /**
     * {@return what ends an answer, besides EOS: texts, or the texts of tokens that the vocabulary has, such as
     * {@code <|im_end|>}}
     */
    default List<String> stops() {
        return List.of();
    }

    /**
     * The format of Llama 2-Chat, token for token as Meta's reference forms it: each question and its answer are
     * encoded by themselves, between BOS and EOS; the system message is folded into the first question; question and
     * answer are stripped of white space at both ends. A message that contains one of its marks is refused, and so is a
     * dialog that ends with an answer; the template that is {@linkplain #named named} llama2 continues that.
     *
     * @return the template
     */
    static ChatTemplate llama2() {
        return new Llama2("llama2", false);
    }

    /**
     * Looks a template up by name.
     *
     * @param name one of {@link #names()}, in upper or lower case
     * @return the template
     * @throws IllegalArgumentException if there is no template of this name; the message lists the names
     */
    static ChatTemplate named(String name) {
        return BuiltIn.named(name);
    }

    /**
     * {@return the names of the templates that Cria knows: llama2, codellama, codellama-70b, mistral, mistral-v3,
     * vicuna, alpaca, zephyr, tinyllama (the same format as zephyr) and chatml}
     */
    static SequencedSet<String> names() {
        return BuiltIn.names();
    }
}
