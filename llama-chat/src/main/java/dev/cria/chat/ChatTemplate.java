package dev.cria.chat;

import dev.cria.chat.template.BuiltIn;
import dev.cria.chat.template.JinjaMarks;
import dev.cria.chat.template.Llama2;
import dev.cria.chat.template.Unrecognised;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * How a model was taught to read dialogs. Implementations are stateless; write your own for a model with a format of
 * its own:
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
 *             prompt.text(message.role() + ": " + message.content() + "\n");
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
     * Writes a dialog down so that the model's answer comes next.
     *
     * @param dialog the dialog
     * @return the prompt
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
     * answer are stripped of white space at both ends.
     *
     * @return the template
     */
    static ChatTemplate llama2() {
        return new Llama2("llama2");
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

    /**
     * Recognises the template that a Jinja text describes, by the marks that are characteristic of it. The text is not
     * executed.
     *
     * @param jinja a chat template as model files carry it
     * @return the template that writes the same format, or nothing if the marks are of no known one
     */
    static Optional<ChatTemplate> recognise(String jinja) {
        return JinjaMarks.recognise(jinja);
    }

    /**
     * {@return a template named {@code unknown}, for a model whose format is not known: it refuses every dialog with a
     * message that says how to choose one}
     */
    static ChatTemplate unknown() {
        return new Unrecognised();
    }
}
