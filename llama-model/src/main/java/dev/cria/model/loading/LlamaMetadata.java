package dev.cria.model.loading;

import dev.cria.quant.GgufMetadata;
import java.nio.file.Path;

/** The metadata keys by which a GGUF file describes a Llama model. */
public final class LlamaMetadata {
    static final String EMBEDDING_LENGTH = "llama.embedding_length";
    static final String LAYERS = "llama.block_count";
    static final String HEADS = "llama.attention.head_count";
    static final String KV_HEADS = "llama.attention.head_count_kv";
    static final String HEAD_LENGTH = "llama.attention.key_length";
    static final String VALUE_LENGTH = "llama.attention.value_length";
    static final String ROPE_LENGTH = "llama.rope.dimension_count";
    static final String FEED_FORWARD_LENGTH = "llama.feed_forward_length";
    static final String CONTEXT_LENGTH = "llama.context_length";
    static final String NORM_EPSILON = "llama.attention.layer_norm_rms_epsilon";
    static final String ROPE_BASE = "llama.rope.freq_base";
    static final String SLIDING_WINDOW = "llama.attention.sliding_window";
    static final String ROPE_SCALING = "llama.rope.scaling.";
    static final String CHAT_TEMPLATE = "tokenizer.chat_template";
    /** Not one of llama.cpp's: all ids that end a generation, where there is more than one. */
    public static final String END_TOKENS = "tokenizer.ggml.eos_token_ids";

    private LlamaMetadata() {}

    /** Begins the metadata of a model that comes in another layout. */
    static GgufMetadata.Builder builder(Path file, String name) {
        GgufMetadata.Builder metadata = GgufMetadata.builder(file).string("general.architecture", "llama");
        return name.isEmpty() ? metadata : metadata.string("general.name", name);
    }
}
