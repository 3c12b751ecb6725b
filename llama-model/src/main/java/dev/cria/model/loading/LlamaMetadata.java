package dev.cria.model.loading;

import dev.cria.model.config.ModelConfig;
import dev.cria.model.config.RopeScaling;
import dev.cria.quant.GgufMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The metadata keys by which a GGUF file describes a Llama model. */
public final class LlamaMetadata {
    /** The kind of model; {@code llama}. */
    static final String ARCHITECTURE = "general.architecture";
    static final String TYPE = "general.type";
    static final String NAME = "general.name";
    static final String EMBEDDING_LENGTH = "llama.embedding_length";
    static final String VOCABULARY_SIZE = "llama.vocab_size";
    static final String LAYERS = "llama.block_count";
    static final String EXPERTS = "llama.expert_count";
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
    /** The factor of linear scaling in files of 2023. */
    static final String OLD_ROPE_FACTOR = "llama.rope.scale_linear";
    static final String ROPE_SCALING_TYPE = "llama.rope.scaling.type";
    static final String ROPE_FACTOR = "llama.rope.scaling.factor";
    /** Multiplies YaRN's own magnitude. */
    static final String ROPE_ATTENTION_FACTOR = "llama.rope.scaling.attn_factor";
    static final String YARN_ORIGINAL_CONTEXT = "llama.rope.scaling.original_context_length";
    /** Replaces YaRN's own magnitude: {@code attention_factor} of Hugging Face, as llama.cpp's converter writes it. */
    static final String YARN_MAGNITUDE = "llama.rope.scaling.yarn_attn_factor";
    static final String YARN_EXTRAPOLATION = "llama.rope.scaling.yarn_ext_factor";
    static final String YARN_LOG_MULTIPLIER = "llama.rope.scaling.yarn_log_multiplier";
    static final String YARN_BETA_FAST = "llama.rope.scaling.yarn_beta_fast";
    static final String YARN_BETA_SLOW = "llama.rope.scaling.yarn_beta_slow";
    /** Cria's own, for {@code truncate} of Hugging Face: false where the ramp's ends are not whole pairs. */
    static final String YARN_TRUNCATE = "cria.rope.scaling.yarn_truncate";
    static final String CHAT_TEMPLATE = "tokenizer.chat_template";
    static final String CHAT_TEMPLATES = "tokenizer.chat_templates";
    static final String END_OF_TURN = "tokenizer.ggml.eot_token_id";
    static final String END_OF_MESSAGE = "tokenizer.ggml.eom_token_id";
    /** Not one of llama.cpp's: all ids that end a generation, where there is more than one. */
    static final String END_TOKENS = "tokenizer.ggml.eos_token_ids";

    private LlamaMetadata() {}

    /** Begins the metadata of a model that comes in another layout. */
    static GgufMetadata.Builder builder(Path file, String name) {
        GgufMetadata.Builder metadata = GgufMetadata.builder(file).string(ARCHITECTURE, "llama");
        return name.isEmpty() ? metadata : metadata.string(NAME, name);
    }

    /**
     * {@return the ids that end a generation, besides EOS}
     *
     * @param metadata metadata of a model
     * @param vocabularySize number of tokens; other ids are left out
     */
    public static Set<Integer> endTokens(GgufMetadata metadata, int vocabularySize) {
        LongStream turns = Stream.of(END_OF_TURN, END_OF_MESSAGE).map(metadata::integer)
                .flatMapToLong(OptionalLong::stream);
        LongStream all = metadata.integers(END_TOKENS).orElse(List.of()).stream().mapToLong(id -> id);
        return LongStream.concat(turns, all).filter(id -> id >= 0 && id < vocabularySize).mapToObj(id -> (int) id)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * {@return the text of the chat template, in Jinja, if the model has one that is not blank}
     *
     * @param metadata metadata of a model
     */
    public static Optional<String> chatTemplate(GgufMetadata metadata) {
        return metadata.string(CHAT_TEMPLATE).filter(text -> !text.isBlank());
    }

    /**
     * Adds the text of a chat template.
     *
     * @param jinja the text
     * @param metadata receives the key
     */
    public static void writeChatTemplate(String jinja, GgufMetadata.Builder metadata) {
        metadata.string(CHAT_TEMPLATE, jinja);
    }

    /**
     * Adds the sizes of a model.
     *
     * @param config the sizes
     * @param metadata receives the keys
     */
    public static void write(ModelConfig config, GgufMetadata.Builder metadata) {
        metadata.string(ARCHITECTURE, "llama").string(NAME, config.name())
                .integer(VOCABULARY_SIZE, config.vocabularySize()).integer(CONTEXT_LENGTH, config.contextLength())
                .integer(EMBEDDING_LENGTH, config.embeddingLength()).integer(LAYERS, config.layers())
                .integer(FEED_FORWARD_LENGTH, config.feedForwardLength()).integer(HEADS, config.heads())
                .integer(KV_HEADS, config.kvHeads());
        if (config.headLength() * config.heads() != config.embeddingLength()) {
            metadata.integer(HEAD_LENGTH, config.headLength()).integer(VALUE_LENGTH, config.headLength());
        }
        metadata.integer(ROPE_LENGTH, config.headLength()).number(NORM_EPSILON, config.normEpsilon())
                .number(ROPE_BASE, config.ropeBase());
        config.slidingWindow().ifPresent(window -> metadata.integer(SLIDING_WINDOW, window));
        writeScaling(config.ropeScaling(), metadata);
    }

    private static void writeScaling(RopeScaling scaling, GgufMetadata.Builder metadata) {
        if (scaling.yarn().isPresent()) {
            RopeScaling.Yarn yarn = scaling.yarn().get();
            metadata.string(ROPE_SCALING_TYPE, "yarn").number(ROPE_FACTOR, scaling.factor())
                    .integer(YARN_ORIGINAL_CONTEXT, yarn.originalContextLength())
                    .number(ROPE_ATTENTION_FACTOR,
                            scaling.magnitude() / RopeScaling.yarnMagnitude(scaling.factor()))
                    .number(YARN_BETA_FAST, yarn.betaFast()).number(YARN_BETA_SLOW, yarn.betaSlow());
            if (!yarn.truncate()) {
                metadata.bool(YARN_TRUNCATE, false);
            }
        } else if (scaling.factor() != 1) {
            metadata.string(ROPE_SCALING_TYPE, "linear").number(ROPE_FACTOR, scaling.factor());
        }
    }
}
