package dev.cria.train;

import dev.cria.model.config.ModelConfig;
import dev.cria.model.loading.GgufVocabulary;
import dev.cria.model.loading.LlamaMetadata;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
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
            GgufMetadata.Builder description = GgufMetadata.builder(file);
            metadata.forEach(description::string);
            LlamaMetadata.write(config, description);
            GgufVocabulary.write(vocabulary, description);
            chatTemplate.ifPresent(template -> LlamaMetadata.writeChatTemplate(template, description));
            writer.copy(description.build());
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
}
