package dev.cria.chat;

import dev.cria.chat.jinja.Program;
import java.time.LocalDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text of a chat template, which is executed as Hugging Face's transformers does: Jinja with Python's semantics.
 * Nothing of Java can be reached from it, and its work is limited. This is for looking at what a template does; for
 * chats there is {@link JinjaTemplate}. Immutable and thread-safe.
 */
public final class JinjaText {
    private final Program program;

    private JinjaText(Program program) {
        this.program = program;
    }

    /**
     * Reads a template.
     *
     * @param text its text, at most 100,000 characters
     * @return the template
     * @throws TemplateException if the text cannot be read; the message says where and why
     */
    public static JinjaText parse(String text) {
        return new JinjaText(Program.parse(text));
    }

    /**
     * Executes the template.
     *
     * @param variables what it is given, such as {@code messages}, {@code add_generation_prompt} and {@code bos_token}:
     *        null, Booleans, numbers, Strings, and Lists and Maps of such. It is given nothing else
     * @param now what the template is told if it asks for the time
     * @return what it writes
     * @throws TemplateException if it fails, refuses, or does too much
     * @throws IllegalArgumentException if a variable is none of the above
     */
    public String render(Map<String, ? extends @Nullable Object> variables, LocalDateTime now) {
        return program.run(variables, now).characters();
    }
}
