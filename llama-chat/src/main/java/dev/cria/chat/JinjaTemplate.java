package dev.cria.chat;

import dev.cria.chat.Prompt.Part;
import dev.cria.chat.jinja.Program;
import dev.cria.chat.jinja.Text.Piece;
import dev.cria.chat.jinja.Text;
import dev.cria.chat.template.BuiltIn;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A chat template as model files carry it: a text in Jinja, which is executed as Hugging Face's transformers does. Only
 * what the template itself writes can become a token of the model's own; what messages say is text, wherever the
 * template puts it. The work of a template is limited, and nothing of Java can be reached from it. Immutable and
 * thread-safe.
 */
public final class JinjaTemplate implements ChatTemplate {
    /** The name of a template that writes none of the known formats. */
    private static final String OTHER = "jinja";
    /** Characters that a template may add to those of the messages: more than any context has room for. */
    private static final int MOST_ADDED = 1 << 20;

    private final String text;
    private final SpecialTokens tokens;
    private final Program program;
    private final WrittenMarks marks;
    private final Habits habits;

    private JinjaTemplate(String text, SpecialTokens tokens, Program program, WrittenMarks marks, Habits habits) {
        this.text = text;
        this.tokens = tokens;
        this.program = program;
        this.marks = marks;
        this.habits = habits;
    }

    /**
     * What a template was seen to write.
     *
     * @param stops what it writes after an answer
     * @param reserved texts that only the template may write, where they are no tokens
     */
    record Habits(List<String> stops, Set<String> reserved) {
        static final Habits NONE = new Habits(List.of(), Set.of());
    }

    /**
     * Reads a template, and has it write two dialogs to see what it writes between messages.
     *
     * @param text its text in Jinja, at most 100,000 characters
     * @param tokens the tokens that it may write
     * @return the template
     * @throws TemplateException if the text cannot be read; the message says where and why
     */
    public static JinjaTemplate parse(String text, SpecialTokens tokens) {
        Program program = Program.parse(text);
        WrittenMarks marks = new WrittenMarks(tokens);
        JinjaTemplate plain = new JinjaTemplate(text, tokens, program, marks, Habits.NONE);
        return new JinjaTemplate(text, tokens, program, marks, new JinjaProbe(plain).habits());
    }

    /** {@return the text in Jinja} */
    public String text() {
        return text;
    }

    /** {@return the tokens that it may write} */
    public SpecialTokens tokens() {
        return tokens;
    }

    WrittenMarks marks() {
        return marks;
    }

    /**
     * {@return the name of the known template that writes the same, otherwise {@code jinja}}
     *
     * <p>Whoever asks waits some milliseconds for a few dialogs to be written.
     */
    @Override
    public String name() {
        return BuiltIn.like(this).map(ChatTemplate::name).orElse(OTHER);
    }

    /**
     * {@return what the template writes after an answer: the text of a token, or if there is none the first line of
     * text}
     */
    @Override
    public List<String> stops() {
        return habits.stops;
    }

    /**
     * Writes a dialog down as the template says.
     *
     * @param dialog the dialog
     * @return the prompt; it begins with BOS where the vocabulary wants it, even if the template does not write it. An
     *         answer that is to be continued ends the prompt
     * @throws InvalidDialogException if the template refuses the dialog, in its own words, or leaves out the answer
     *         that is to be continued
     * @throws TemplateException if the template fails
     */
    @Override
    public Prompt render(Dialog dialog) {
        List<Message> messages = dialog.messages();
        List<Piece> pieces = write(messages, !dialog.isContinued());
        if (dialog.isContinued()) {
            pieces = upTo(pieces, messages.size());
        }
        List<Part> parts = new ArrayList<>();
        Set<String> reserved = new LinkedHashSet<>(habits.reserved);
        for (Piece piece : pieces) {
            if (piece.origin() == Text.TEMPLATE) {
                parts.addAll(marks.parts(piece.characters()));
                reserved.addAll(WrittenMarks.formsIn(piece.characters()));
            } else {
                // what comes from several messages at once may come from a user
                Role role = piece.origin() == Text.OUTSIDE ? Role.USER : messages.get(piece.origin() - 1).role();
                parts.add(new Part.Content(role, piece.characters()));
            }
        }
        for (Part part : parts) {
            if (part instanceof Part.Mark(String token)) {
                reserved.add(token);
            }
        }
        if (!beginsWithBos(parts)) {
            parts.addFirst(new Part.Start());
        }
        return new Prompt(parts, reserved);
    }

    private boolean beginsWithBos(List<Part> parts) {
        return parts.stream().dropWhile(part -> part instanceof Part.Text(String blank) && blank.isBlank()).limit(1)
                .anyMatch(new Part.Mark(tokens.bos())::equals);
    }

    /**
     * {@return what the template makes of messages; what comes from one has its number, from 1, as origin}
     *
     * @param messages the messages
     * @param asksForAnswer whether the beginning of an answer is to be written
     */
    List<Piece> write(List<Message> messages, boolean asksForAnswer) {
        List<Map<String, Text>> given = new ArrayList<>();
        for (Message message : messages) {
            Map<String, Text> fields = new LinkedHashMap<>();
            fields.put("role", Text.of(message.role().label(), Text.TEMPLATE));
            fields.put("content", Text.of(message.content(), given.size() + 1));
            given.add(fields);
        }
        Map<String, @Nullable Object> variables = new HashMap<>();
        variables.put("messages", given);
        variables.put("add_generation_prompt", asksForAnswer);
        variables.put("tools", null);
        variables.put("documents", null);
        variables.put("bos_token", Text.of(tokens.bos(), Text.TEMPLATE));
        variables.put("eos_token", Text.of(tokens.eos(), Text.TEMPLATE));
        try {
            Text written = program.run(variables, LocalDateTime.now(ZoneId.systemDefault()));
            requireSensible(written, messages);
            return written.pieces();
        } catch (TemplateException e) {
            if (e.kind() == TemplateException.Kind.RAISED) {
                throw new InvalidDialogException(String.valueOf(e.getMessage()), e);
            }
            throw e;
        }
    }

    /** Looking for tokens in text takes much longer than writing it. */
    private static void requireSensible(Text written, List<Message> messages) {
        long given = messages.stream().mapToLong(message -> message.content().length()).sum();
        long added = written.characters().length() - given;
        if (added > MOST_ADDED) {
            throw new TemplateException(TemplateException.Kind.RUNTIME, "the template writes " + added
                    + " characters more than the messages have, but may add at most " + MOST_ADDED, 1, 1);
        }
    }

    /** {@return the pieces up to the last one that comes from a message} */
    private static List<Piece> upTo(List<Piece> pieces, int message) {
        for (int i = pieces.size(); i > 0; i--) {
            if (pieces.get(i - 1).origin() == message) {
                return pieces.subList(0, i);
            }
        }
        throw new InvalidDialogException("the chat template does not write the last message as it is,"
                + " so that the answer cannot be continued");
    }
}
