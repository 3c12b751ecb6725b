package dev.cria.model.loading;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.JinjaTemplate;
import dev.cria.chat.SpecialTokens;
import dev.cria.chat.TemplateException;
import dev.cria.model.config.ModelConfig;
import dev.cria.tokenizer.Tokenizer;
import java.util.Locale;

/**
 * Chooses the chat template of a model: the text that its file carries, otherwise a known one by tokens that only one
 * format uses, by the model's name and by its sizes, otherwise Llama 2's.
 */
public final class ChatTemplateChoice {
    private static final float LONG_ROPE_BASE = 1e6f;
    private static final int MISTRAL_FEED_FORWARD_LENGTH = 14336;
    private static final int LAYERS_OF_70B = 80;

    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final String names;

    /**
     * @param config sizes of the model
     * @param tokenizer its tokenizer
     * @param names all that the file says about its name
     */
    public ChatTemplateChoice(ModelConfig config, Tokenizer tokenizer, String names) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.names = names.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /**
     * {@return the template that executes a text; if the text cannot be read, one that says so when it is used}
     *
     * @param jinja the template text of the file
     */
    public ChatTemplate fromText(String jinja) {
        try {
            return JinjaTemplate.parse(jinja, SpecialTokens.of(tokenizer));
        } catch (TemplateException e) {
            return new UnreadableTemplate(e);
        }
    }

    /** {@return the template that the model most probably was tuned on} */
    public ChatTemplate fromModel() {
        if (has("<|im_start|>") && has("<|im_end|>")) {
            return ChatTemplate.named("chatml");
        }
        if (isCodeLlama()) {
            boolean large = config.layers() == LAYERS_OF_70B;
            return ChatTemplate.named(large ? "codellama-70b" : "codellama");
        }
        if (names.contains("vicuna")) {
            return ChatTemplate.named("vicuna");
        }
        if (names.contains("alpaca")) {
            return ChatTemplate.named("alpaca");
        }
        if (names.contains("tinyllama") || names.contains("zephyr")) {
            return ChatTemplate.named(names.contains("tinyllama") ? "tinyllama" : "zephyr");
        }
        if (names.contains("mistral") || has("[INST]")
                || config.feedForwardLength() == MISTRAL_FEED_FORWARD_LENGTH) {
            return ChatTemplate.named(has("[INST]") ? "mistral-v3" : "mistral");
        }
        return ChatTemplate.named("llama2");
    }

    private boolean isCodeLlama() {
        boolean longRope = config.ropeBase() == LONG_ROPE_BASE;
        boolean ofMistralsShape = config.feedForwardLength() == MISTRAL_FEED_FORWARD_LENGTH;
        return names.contains("codellama") || (longRope && !ofMistralsShape);
    }

    private boolean has(String piece) {
        return tokenizer.idOf(piece).isPresent();
    }
}
