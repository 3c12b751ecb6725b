package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;

/** The templates that can be asked for by name. */
public enum BuiltIn {
    /** Llama 2-Chat. */
    LLAMA2(new Llama2("llama2")),
    /** Code Llama-Instruct 7B, 13B and 34B: Llama 2-Chat's format. */
    CODE_LLAMA(new Llama2("codellama")),
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
}
