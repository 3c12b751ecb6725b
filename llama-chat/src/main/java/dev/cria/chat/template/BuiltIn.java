package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.Message;
import dev.cria.chat.TemplateException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;

/** The templates that can be asked for by name. */
public enum BuiltIn {
    /** Llama 2-Chat. */
    LLAMA2(new Llama2("llama2", true)),
    /** Code Llama-Instruct 7B, 13B and 34B: Llama 2-Chat's format. */
    CODE_LLAMA(new Llama2("codellama", true)),
    /** Code Llama-Instruct 70B. */
    CODE_LLAMA_70B(new CodeLlama70B()),
    /** Mistral-Instruct v0.1 and v0.2. */
    MISTRAL(new Mistral()),
    /** Mistral-Instruct v0.3. */
    MISTRAL_V3(new MistralV3()),
    /** Vicuna 1.1 to 1.5. */
    VICUNA(new Vicuna()),
    /** Alpaca. */
    ALPACA(new Alpaca()),
    /** Zephyr. */
    ZEPHYR(new Zephyr("zephyr")),
    /** TinyLlama-Chat: Zephyr's format. */
    TINY_LLAMA(new Zephyr("tinyllama")),
    /** ChatML. */
    CHATML(new ChatMl());

    /** White space at the ends of messages shows what is stripped. */
    private static final List<Message> TURNS = List.of(Message.user(" One? \n"), Message.assistant(" 1 \n"),
            Message.user("Two?"), Message.assistant("2"), Message.user("And three?"));
    private static final Message SYSTEM = Message.system(" Count.\n");
    private static final List<Dialog> DIALOGS = List.of(new Dialog(TURNS.subList(0, 1)), new Dialog(TURNS),
            Dialog.of(SYSTEM, TURNS.getFirst()),
            Dialog.of(SYSTEM, TURNS.get(0), TURNS.get(1), TURNS.get(2), TURNS.get(3), TURNS.get(4)));

    private final ChatTemplate template;

    BuiltIn(ChatTemplate template) {
        this.template = template;
    }

    /** {@return the template} */
    public ChatTemplate template() {
        return template;
    }

    /** {@return all names} */
    public static SequencedSet<String> names() {
        List<String> names = Arrays.stream(values()).map(known -> known.template.name()).toList();
        return Collections.unmodifiableSequencedSet(new LinkedHashSet<>(names));
    }

    /**
     * {@return the template of a name}
     *
     * @param name one of {@link #names()}, in upper or lower case
     * @throws IllegalArgumentException if there is none of this name
     */
    public static ChatTemplate named(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT);
        return Arrays.stream(values()).map(BuiltIn::template).filter(template -> template.name().equals(wanted))
                .findFirst().orElseThrow(() -> new IllegalArgumentException("there is no chat template named \"" + name
                        + "\"; there are " + String.join(", ", names())));
    }

    /**
     * {@return the first template that writes the same as another one: questions and answers, and system messages
     * unless the other one refuses them}
     *
     * @param other the other template
     */
    public static Optional<ChatTemplate> like(ChatTemplate other) {
        List<Optional<String>> texts = DIALOGS.stream().map(dialog -> text(other, dialog)).toList();
        return Arrays.stream(values()).map(BuiltIn::template).filter(template -> writes(template, texts)).findFirst();
    }

    private static boolean writes(ChatTemplate template, List<Optional<String>> texts) {
        for (int i = 0; i < DIALOGS.size(); i++) {
            boolean mayBeRefused = DIALOGS.get(i).system().isPresent();
            if (texts.get(i).isEmpty() ? !mayBeRefused : !texts.get(i).equals(text(template, DIALOGS.get(i)))) {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> text(ChatTemplate template, Dialog dialog) {
        try {
            return Optional.of(template.render(dialog).text());
        } catch (InvalidDialogException | TemplateException e) {
            return Optional.empty();
        }
    }
}
