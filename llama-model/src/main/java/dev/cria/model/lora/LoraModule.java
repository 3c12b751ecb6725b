package dev.cria.model.lora;

import dev.cria.model.config.ModelConfig;
import java.util.Arrays;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** The matrices of a model that an adapter can change, by GGUF's names and by those of Hugging Face. */
public enum LoraModule {
    /** Queries. */
    ATTN_Q("attn_q", "self_attn.q_proj", ModelConfig::embeddingLength, ModelConfig::queryLength),
    /** Keys. */
    ATTN_K("attn_k", "self_attn.k_proj", ModelConfig::embeddingLength, ModelConfig::kvLength),
    /** Values. */
    ATTN_V("attn_v", "self_attn.v_proj", ModelConfig::embeddingLength, ModelConfig::kvLength),
    /** The output of attention. */
    ATTN_OUTPUT("attn_output", "self_attn.o_proj", ModelConfig::queryLength, ModelConfig::embeddingLength),
    /** The gate of the feed-forward network. */
    FFN_GATE("ffn_gate", "mlp.gate_proj", ModelConfig::embeddingLength, ModelConfig::feedForwardLength),
    /** The values of the feed-forward network. */
    FFN_UP("ffn_up", "mlp.up_proj", ModelConfig::embeddingLength, ModelConfig::feedForwardLength),
    /** The output of the feed-forward network. */
    FFN_DOWN("ffn_down", "mlp.down_proj", ModelConfig::feedForwardLength, ModelConfig::embeddingLength),
    /** The logits. */
    OUTPUT("output", "lm_head", ModelConfig::embeddingLength, ModelConfig::vocabularySize),
    /** The token embeddings, a matrix whose inputs are tokens. */
    TOKEN_EMBD("token_embd", "model.embed_tokens", ModelConfig::vocabularySize, ModelConfig::embeddingLength);

    private final String ggufName;
    private final String peftName;
    private final ToIntFunction<ModelConfig> inputs;
    private final ToIntFunction<ModelConfig> outputs;

    LoraModule(String ggufName, String peftName, ToIntFunction<ModelConfig> inputs,
            ToIntFunction<ModelConfig> outputs) {
        this.ggufName = ggufName;
        this.peftName = peftName;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** {@return GGUF's name, such as {@code attn_q}} */
    public String ggufName() {
        return ggufName;
    }

    String peftName() {
        return peftName;
    }

    /**
     * {@return the matrix of a name}
     *
     * @param name GGUF's name, such as {@code attn_q}, or the last part of Hugging Face's, such as {@code q_proj}
     * @throws IllegalArgumentException if there is none of this name; the message lists the names
     */
    public static LoraModule named(String name) {
        return Arrays.stream(values())
                .filter(module -> name.equals(module.ggufName) || name.equals(module.shortPeftName())).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("adapters cannot change a matrix \"" + name
                        + "\"; they can change " + Arrays.stream(values())
                                .map(module -> module.ggufName + " (" + module.shortPeftName() + ")")
                                .collect(Collectors.joining(", "))));
    }

    private String shortPeftName() {
        return peftName.substring(peftName.lastIndexOf('.') + 1);
    }

    /** {@return whether every layer has such a matrix, rather than the model one} */
    public boolean isInLayers() {
        return this != OUTPUT && this != TOKEN_EMBD;
    }

    /** {@return whether the rows are rotated by RoPE, so that Hugging Face orders them differently} */
    boolean isRotated() {
        return this == ATTN_Q || this == ATTN_K;
    }

    /**
     * {@return the number of inputs}
     *
     * @param config sizes of the model
     */
    public int inputs(ModelConfig config) {
        return inputs.applyAsInt(config);
    }

    /**
     * {@return the number of outputs}
     *
     * @param config sizes of the model
     */
    public int outputs(ModelConfig config) {
        return outputs.applyAsInt(config);
    }
}
