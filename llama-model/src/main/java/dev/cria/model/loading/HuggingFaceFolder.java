package dev.cria.model.loading;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.config.RopeScaling;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.QuantType;
import dev.cria.quant.StoredTensor;
import dev.cria.quant.WeightTensor;
import dev.cria.tokenizer.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A model as Hugging Face's transformers saves it: {@code config.json}, weights as safetensors or in PyTorch's format,
 * whole or in shards with an index, and the tokenizer. Its q and k have the two halves of each head's rotary pairs
 * apart, where GGUF has the pairs side by side; their rows are read in GGUF's order.
 */
final class HuggingFaceFolder {
    static final String CONFIG = "config.json";

    /** In the order in which transformers looks: an index beside a whole file is a left-over. */
    private static final List<String> WEIGHTS = List.of("model.safetensors", "model.safetensors.index.json",
            "pytorch_model.bin", "pytorch_model.bin.index.json");
    /**
     * Tensors that need not be read: rotary frequencies, which follow from the configuration, causal masks, and
     * adapters that somebody has merged and not taken out.
     */
    private static final Pattern REDUNDANT = Pattern
            .compile(".*\\.rotary_emb\\..*|.*\\.(masked_)?bias|.*\\.lora_(A|B|embedding_A|embedding_B)(\\..*)?");
    /** What transformers assumes of a Llama that does not say. */
    private static final double DEFAULT_EPSILON = 1e-6;
    private static final int DEFAULT_CONTEXT = 2048;
    private static final double DEFAULT_ROPE_BASE = 10_000;

    private final Path folder;
    private final JsonFile config;
    private final WeightFile weights;
    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();
    private final PassedOver passedOver;

    private HuggingFaceFolder(Path folder, JsonFile config, WeightFile weights) {
        this.folder = folder;
        this.config = config;
        this.weights = weights;
        this.passedOver = new PassedOver(folder);
    }

    /**
     * Opens a folder.
     *
     * @param folder the folder
     * @return the open model
     * @throws MalformedFileException if a file is broken or missing, or describes another kind of model
     * @throws CriaException if a file cannot be read
     */
    static Checkpoint open(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve(CONFIG));
        requireSupported(config);
        WeightFile weights = openWeights(folder);
        try {
            return new HuggingFaceFolder(folder, config, weights).read();
        } catch (RuntimeException | Error e) {
            weights.end().run();
            throw e;
        }
    }

    private static void requireSupported(JsonFile config) {
        String type = config.string("model_type").orElse("missing");
        if (!type.equals("llama") && !type.equals("mistral")) {
            throw config.malformed("model_type is " + (type.equals("missing") ? type : "\"" + type + "\"")
                    + ", supported are \"llama\" and \"mistral\"");
        }
        String activation = config.string("hidden_act").orElse("silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw config.malformed("hidden_act is \"" + activation + "\", supported is \"silu\"");
        }
        for (String bias : List.of("attention_bias", "mlp_bias")) {
            if (config.bool(bias).orElse(false)) {
                throw config.malformed(bias + " is true, but biases are not supported");
            }
        }
    }

    private static WeightFile openWeights(Path folder) {
        Path path = WEIGHTS.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst()
                .orElseThrow(() -> new MalformedFileException(folder, "there is a config.json, but none of "
                        + String.join(", ", WEIGHTS)));
        return WeightFile.open(path);
    }

    private Checkpoint read() {
        int dim = config.size("hidden_size");
        int heads = config.size("num_attention_heads");
        int kvHeads = config.size("num_key_value_heads", heads);
        int layers = config.size("num_hidden_layers");
        int feedForward = config.size("intermediate_size");
        if (!config.has("head_dim") && dim % heads != 0) {
            throw config.malformed("num_attention_heads must divide hidden_size " + dim
                    + " where there is no head_dim, but is " + heads);
        }
        int head = config.size("head_dim", dim / heads);
        if (head % 2 != 0) {
            throw config.malformed("the head length must be even for rotary positions, but is " + head);
        }
        long vocabulary = addTensors(layers, head);

        GgufMetadata.Builder metadata = LlamaMetadata.builder(config.file(), config.string("_name_or_path").orElse(""))
                .integer(LlamaMetadata.EMBEDDING_LENGTH, dim).integer(LlamaMetadata.LAYERS, layers)
                .integer(LlamaMetadata.HEADS, heads).integer(LlamaMetadata.KV_HEADS, kvHeads)
                .integer(LlamaMetadata.HEAD_LENGTH, head).integer(LlamaMetadata.VALUE_LENGTH, head)
                .integer(LlamaMetadata.ROPE_LENGTH, head).integer(LlamaMetadata.FEED_FORWARD_LENGTH, feedForward)
                .integer(LlamaMetadata.CONTEXT_LENGTH, config.size("max_position_embeddings", DEFAULT_CONTEXT))
                .number(LlamaMetadata.NORM_EPSILON, config.number("rms_norm_eps").orElse(DEFAULT_EPSILON));
        addRope(metadata);
        addSlidingWindow(metadata);
        addVocabulary(vocabulary, metadata);
        if (config.has("quantization_config")) {
            passedOver.add("quantization_config of config.json, because all weights are floats");
        }
        passedOver.log();
        return new Checkpoint(folder, "Hugging Face " + weights.format(), metadata.build(), tensors, weights.end());
    }

    private void addRope(GgufMetadata.Builder metadata) {
        // newer versions write everything about RoPE into one object
        Optional<JsonFile> scaling = config.object("rope_scaling").or(() -> config.object("rope_parameters"));
        double base = config.number("rope_theta").orElse(config.object("rope_parameters")
                .map(parameters -> parameters.number("rope_theta").orElse(DEFAULT_ROPE_BASE))
                .orElse(DEFAULT_ROPE_BASE));
        metadata.number(LlamaMetadata.ROPE_BASE, base);
        scaling.ifPresent(object -> {
            String type = object.string("rope_type").or(() -> object.string("type")).orElse("default");
            String key = LlamaMetadata.ROPE_SCALING_TYPE;
            switch (type) {
                case "default" -> metadata.string(key, "none");
                case "linear" ->
                    metadata.string(key, type).number(LlamaMetadata.ROPE_FACTOR, factor(object));
                case "yarn" -> addYarn(object, metadata);
                default -> throw config.malformed("rope_scaling is of type \"" + type
                        + "\", supported are \"default\", \"linear\" and \"yarn\"");
            }
        });
    }

    private void addYarn(JsonFile scaling, GgufMetadata.Builder metadata) {
        double factor = factor(scaling);
        metadata.string(LlamaMetadata.ROPE_SCALING_TYPE, "yarn").number(LlamaMetadata.ROPE_FACTOR, factor)
                .integer(LlamaMetadata.YARN_ORIGINAL_CONTEXT, scaling.size("original_max_position_embeddings",
                        config.size("max_position_embeddings", DEFAULT_CONTEXT)));
        yarnMagnitude(scaling, factor).ifPresent(magnitude ->
        // here it replaces YaRN's magnitude, in GGUF it multiplies it
        metadata.number(LlamaMetadata.ROPE_ATTENTION_FACTOR, magnitude / RopeScaling.yarnMagnitude(factor)));
        scaling.number("beta_fast").ifPresent(value -> metadata.number(LlamaMetadata.YARN_BETA_FAST, value));
        scaling.number("beta_slow").ifPresent(value -> metadata.number(LlamaMetadata.YARN_BETA_SLOW, value));
        scaling.bool("truncate").ifPresent(value -> metadata.bool(LlamaMetadata.YARN_TRUNCATE, value));
    }

    /** The magnitude, where it is another than the usual one, by the rules of transformers. */
    private static OptionalDouble yarnMagnitude(JsonFile scaling, double factor) {
        OptionalDouble stated = scaling.number("attention_factor");
        double weight = scaling.number("mscale").orElse(0);
        double weightOfAll = scaling.number("mscale_all_dim").orElse(0);
        return stated.isPresent() || weight == 0 || weightOfAll == 0
                ? stated
                : OptionalDouble.of(RopeScaling.yarnMagnitude(factor, weight)
                        / RopeScaling.yarnMagnitude(factor, weightOfAll));
    }

    private double factor(JsonFile scaling) {
        double factor = scaling.number("factor")
                .orElseThrow(() -> config.malformed("rope_scaling needs a factor, but has none"));
        if (!(factor >= 1 && factor < Float.MAX_VALUE)) {
            throw config.malformed("rope_scaling must have a factor from 1, but has " + factor);
        }
        return factor;
    }

    private void addSlidingWindow(GgufMetadata.Builder metadata) {
        if (config.has("sliding_window") && config.bool("use_sliding_window").orElse(true)) {
            metadata.integer(LlamaMetadata.SLIDING_WINDOW, config.size("sliding_window"));
        }
    }

    private long addTensors(int layers, int head) {
        boolean tied = config.bool("tie_word_embeddings").orElse(false);
        // of tensors that share their memory, a file keeps one, and not always the first
        boolean onlyOutput = tied && !weights.tensors().containsKey("model.embed_tokens.weight")
                && weights.tensors().containsKey("lm_head.weight");
        StoredTensor embedding = tensor(onlyOutput ? "lm_head" : "model.embed_tokens", "token_embd");
        long stated = config.integer("vocab_size").orElse(embedding.rows());
        if (stated != embedding.rows()) {
            throw new MalformedFileException(weights.path(), "tensor model.embed_tokens.weight has " + embedding.rows()
                    + " rows, but vocab_size in config.json is " + stated);
        }
        for (int layer = 0; layer < layers; layer++) {
            String from = "model.layers." + layer + ".";
            String to = "blk." + layer + ".";
            norm(from + "input_layernorm", to + "attn_norm");
            rotary(from + "self_attn.q_proj", to + "attn_q", head);
            rotary(from + "self_attn.k_proj", to + "attn_k", head);
            tensor(from + "self_attn.v_proj", to + "attn_v");
            tensor(from + "self_attn.o_proj", to + "attn_output");
            norm(from + "post_attention_layernorm", to + "ffn_norm");
            tensor(from + "mlp.gate_proj", to + "ffn_gate");
            tensor(from + "mlp.down_proj", to + "ffn_down");
            tensor(from + "mlp.up_proj", to + "ffn_up");
        }
        String beyond = "model.layers." + layers + ".input_layernorm.weight";
        if (weights.tensors().containsKey(beyond)) {
            throw config.malformed("num_hidden_layers is " + layers + ", but there is a tensor " + beyond);
        }
        norm("model.norm", "output_norm");
        if (tied) {
            used.add("lm_head.weight");
        } else {
            tensor("lm_head", "output");
        }
        requireAllUsed();
        return embedding.rows();
    }

    /** Computing without a tensor that belongs to the model would give wrong answers without a word. */
    private void requireAllUsed() {
        List<String> redundant = new ArrayList<>();
        for (String name : weights.tensors().keySet()) {
            if (used.contains(name)) {
                continue;
            }
            if (!REDUNDANT.matcher(name).matches()) {
                throw new MalformedFileException(weights.path(), "tensor " + name
                        + " is none of those of a Llama model; the answers would lack what it does");
            }
            redundant.add(name);
        }
        if (redundant.stream().anyMatch(name -> name.contains(".lora_"))) {
            passedOver.add("tensors of a LoRA adapter that is no part of the model, such as " + redundant.getFirst());
        }
    }

    private WeightTensor find(String from) {
        String name = from + ".weight";
        if (weights.tensors().containsKey(from + ".bias")) {
            throw new MalformedFileException(weights.path(), "there is a tensor " + from
                    + ".bias, but biases are not supported");
        }
        WeightTensor tensor = weights.tensors().get(name);
        used.add(name);
        if (tensor == null && config.has("quantization_config")) {
            throw config.malformed("quantization_config says that the weights are quantised in a way that is not "
                    + "supported, and there is no tensor " + name + " of floats; load the original or a GGUF file");
        }
        if (tensor == null) {
            throw new MalformedFileException(weights.path(), weights.missing(name));
        }
        return tensor;
    }

    private StoredTensor tensor(String from, String to) {
        StoredTensor tensor = find(from).named(to + ".weight");
        tensors.put(tensor.name(), tensor);
        return tensor;
    }

    private void norm(String from, String to) {
        StoredTensor norm = find(from).named(to + ".weight").quantized(QuantType.F32);
        tensors.put(norm.name(), norm);
    }

    private void rotary(String from, String to, int head) {
        StoredTensor source = find(from);
        if (source.rows() % head != 0) {
            throw new MalformedFileException(weights.path(),
                    "tensor " + from + ".weight must have a multiple of " + head
                            + " rows, but has " + source.rows());
        }
        StoredTensor tensor = source.permuted(to + ".weight", interleaved(head));
        tensors.put(tensor.name(), tensor);
    }

    /**
     * {@return the row of Hugging Face's order for a row of GGUF's: component 2i + c of a head is its component c *
     * head / 2 + i there}
     *
     * @param head length of a head, even
     */
    static LongUnaryOperator interleaved(int head) {
        return row -> {
            long component = row % head;
            return row - component + component % 2 * (head / 2) + component / 2;
        };
    }

    private void addVocabulary(long rows, GgufMetadata.Builder metadata) {
        JsonFile settings = JsonFile.readIfPresent(folder.resolve("tokenizer_config.json"));
        JsonFile generation = JsonFile.readIfPresent(folder.resolve("generation_config.json"));
        new HuggingFaceTemplates(folder, settings).write(metadata);
        Optional<Vocabulary> found = ModelVocabulary.find(folder, Stream.of("tokenizer.model", "tokenizer.json"));
        if (found.isEmpty()) {
            return;
        }
        Vocabulary vocabulary = new AddedTokens(folder, settings, found.get(), rows, passedOver).apply();
        ModelVocabulary.add(folder, vocabulary, rows, metadata);
        Set<Long> ends = new LinkedHashSet<>(Set.of((long) vocabulary.eos()));
        for (JsonFile file : List.of(generation, config)) {
            for (long id : file.integers("eos_token_id")) {
                if (id >= 0 && id < rows) {
                    ends.add(id);
                } else {
                    passedOver.add("eos_token_id " + id + " of " + file.file().getFileName()
                            + ", because there are only the tokens 0 to " + (rows - 1));
                }
            }
        }
        if (ends.size() > 1) {
            metadata.integers(LlamaMetadata.END_TOKENS, List.copyOf(ends));
        }
    }
}
