package dev.cria.train;

import dev.cria.model.ModelConfig;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.Vocabulary;
import dev.cria.train.network.Parameter;
import dev.cria.train.network.Parameters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes trained weights as a GGUF file of a Llama model. */
final class GgufExport {
    private final ModelConfig config;
    private final List<Tensor> tensors = new ArrayList<>();

    /** Some rows of a parameter under GGUF's name. */
    private record Tensor(String name, Parameter parameter, int firstRow, int rows) {}

    GgufExport(ModelConfig config, Parameters parameters) {
        this.config = config;
        whole("token_embd.weight", parameters.embedding());
        int query = config.queryLength();
        int kv = config.kvLength();
        int ffn = config.feedForwardLength();
        for (int i = 0; i < parameters.layers().size(); i++) {
            Parameters.Layer layer = parameters.layers().get(i);
            String prefix = "blk." + i + ".";
            whole(prefix + "attn_norm.weight", layer.attentionNorm());
            tensors.add(new Tensor(prefix + "attn_q.weight", layer.wqkv(), 0, query));
            tensors.add(new Tensor(prefix + "attn_k.weight", layer.wqkv(), query, kv));
            tensors.add(new Tensor(prefix + "attn_v.weight", layer.wqkv(), query + kv, kv));
            whole(prefix + "attn_output.weight", layer.wo());
            whole(prefix + "ffn_norm.weight", layer.ffnNorm());
            tensors.add(new Tensor(prefix + "ffn_gate.weight", layer.gateUp(), 0, ffn));
            tensors.add(new Tensor(prefix + "ffn_up.weight", layer.gateUp(), ffn, ffn));
            whole(prefix + "ffn_down.weight", layer.down());
        }
        whole("output_norm.weight", parameters.outputNorm());
        if (!parameters.tied()) {
            whole("output.weight", parameters.output());
        }
    }

    private void whole(String name, Parameter parameter) {
        tensors.add(new Tensor(name, parameter, 0, parameter.rows()));
    }

    void write(Path file, QuantType type, Vocabulary vocabulary, Optional<String> chatTemplate,
            Map<String, String> metadata) {
        if (vocabulary.size() != config.vocabularySize()) {
            throw new IllegalArgumentException("the model has " + config.vocabularySize()
                    + " tokens, but the vocabulary " + vocabulary.size());
        }
        try (GgufWriter writer = GgufWriter.create(file)) {
            writer.string("general.architecture", "llama").string("general.name", config.name());
            metadata.forEach(writer::string);
            uint32(writer, "llama.vocab_size", config.vocabularySize());
            uint32(writer, "llama.context_length", config.contextLength());
            uint32(writer, "llama.embedding_length", config.embeddingLength());
            uint32(writer, "llama.block_count", config.layers());
            uint32(writer, "llama.feed_forward_length", config.feedForwardLength());
            uint32(writer, "llama.attention.head_count", config.heads());
            uint32(writer, "llama.attention.head_count_kv", config.kvHeads());
            if (config.headLength() * config.heads() != config.embeddingLength()) {
                uint32(writer, "llama.attention.key_length", config.headLength());
                uint32(writer, "llama.attention.value_length", config.headLength());
            }
            uint32(writer, "llama.rope.dimension_count", config.headLength());
            writer.number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, config.normEpsilon());
            writer.number("llama.rope.freq_base", GgufType.FLOAT32, config.ropeBase());
            if (config.ropeScale() != 1) {
                writer.string("llama.rope.scaling.type", "linear");
                writer.number("llama.rope.scaling.factor", GgufType.FLOAT32, 1 / (double) config.ropeScale());
            }
            vocabulary(writer, vocabulary);
            chatTemplate.ifPresent(template -> writer.string("tokenizer.chat_template", template));
            for (Tensor tensor : tensors) {
                Parameter parameter = tensor.parameter;
                if (parameter.isNorm()) {
                    writer.tensor(tensor.name, QuantType.F32, parameter.columns());
                } else {
                    writer.tensor(tensor.name, type, parameter.columns(), tensor.rows);
                }
            }
            for (Tensor tensor : tensors) {
                int columns = tensor.parameter.columns();
                writer.encode(tensor.name, Arrays.copyOfRange(tensor.parameter.values(), tensor.firstRow * columns,
                        (tensor.firstRow + tensor.rows) * columns));
            }
            writer.finish();
        }
    }

    private static void uint32(GgufWriter writer, String key, int value) {
        writer.integer(key, GgufType.UINT32, value);
    }

    private static void vocabulary(GgufWriter writer, Vocabulary vocabulary) {
        List<Vocabulary.Piece> pieces = vocabulary.pieces();
        writer.string("tokenizer.ggml.model", "llama").string("tokenizer.ggml.pre", "default");
        writer.strings("tokenizer.ggml.tokens", pieces.stream().map(Vocabulary.Piece::text).toList());
        writer.numbers("tokenizer.ggml.scores", GgufType.FLOAT32,
                pieces.stream().map(piece -> (double) piece.score()).toList());
        writer.integers("tokenizer.ggml.token_type", GgufType.INT32,
                pieces.stream().map(piece -> (long) piece.type().number()).toList());
        uint32(writer, "tokenizer.ggml.bos_token_id", vocabulary.bos());
        uint32(writer, "tokenizer.ggml.eos_token_id", vocabulary.eos());
        uint32(writer, "tokenizer.ggml.unknown_token_id", vocabulary.unknown());
        writer.bool("tokenizer.ggml.add_bos_token", vocabulary.addBos());
        writer.bool("tokenizer.ggml.add_eos_token", vocabulary.addEos());
        writer.bool("tokenizer.ggml.add_space_prefix", vocabulary.spacePrefix() != SpacePrefix.NONE);
    }
}
