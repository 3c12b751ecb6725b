package dev.cria.junit;

import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.TokenType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a model that says what a test wants: which token comes next depends on the last one alone. Its matrices are
 * zero, so that the hidden state of a token is its embedding, which has a component of its own.
 */
final class BigramModel {
    private static final double NEVER = -30;
    private static final int HEAD_LENGTH = 8;
    private static final int FFN = 32;

    private final Map<String, Map<String, Double>> next = new LinkedHashMap<>();
    private final Set<String> words = new LinkedHashSet<>();

    /** {@return a model that answers every dialog with some words, each with a space before it, no two the same} */
    static BigramModel saying(String... words) {
        BigramModel model = new BigramModel();
        String last = "]";
        for (String word : words) {
            model.after(last, "\u2581" + word, 1);
            last = "\u2581" + word;
        }
        return model;
    }

    /** Lets a token follow another one with a probability. What nothing follows is followed by the end. */
    BigramModel after(String last, String token, double probability) {
        next.computeIfAbsent(last, _ -> new LinkedHashMap<>()).put(token, probability);
        words.add(token);
        return this;
    }

    private List<String> pieces() {
        Set<String> pieces = new LinkedHashSet<>(List.of("<unk>", "<s>", "</s>"));
        for (int i = 0; i < 256; i++) {
            pieces.add("<0x%02X>".formatted(i));
        }
        for (String word : words) {
            for (int length = 2; length <= word.length(); length++) {
                pieces.add(word.substring(0, length)); // merging needs the steps between
            }
        }
        pieces.add("\u2581");
        for (char c = '!'; c <= '~'; c++) {
            pieces.add(String.valueOf(c));
        }
        return new ArrayList<>(pieces);
    }

    Path write(Path path) {
        List<String> pieces = pieces();
        int dim = Math.ceilDiv(pieces.size(), HEAD_LENGTH) * HEAD_LENGTH;
        List<Long> types = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        float[] embedding = new float[pieces.size() * dim];
        float[] output = new float[pieces.size() * dim];
        double scale = Math.sqrt(dim); // what the norm makes of a component of 1
        for (int token = 0; token < pieces.size(); token++) {
            TokenType type = token == 0
                    ? TokenType.UNKNOWN
                    : token < 3 ? TokenType.CONTROL : token < 259 ? TokenType.BYTE : TokenType.NORMAL;
            types.add((long) type.number());
            scores.add((double) -token);
            embedding[token * dim + token] = 1;
            Map<String, Double> followers = next.getOrDefault(pieces.get(token), Map.of("</s>", 1.0));
            for (int follower = 0; follower < pieces.size(); follower++) {
                Double probability = followers.get(pieces.get(follower));
                output[follower * dim
                        + token] = (float) ((probability == null ? NEVER : Math.log(probability)) / scale);
            }
        }
        float[] ones = new float[dim];
        Arrays.fill(ones, 1);
        Map<String, float[]> tensors = new LinkedHashMap<>();
        tensors.put("token_embd.weight", embedding);
        tensors.put("output.weight", output);
        tensors.put("output_norm.weight", ones);
        tensors.put("blk.0.attn_norm.weight", ones);
        tensors.put("blk.0.ffn_norm.weight", ones);
        tensors.put("blk.0.attn_q.weight", new float[dim * dim]);
        tensors.put("blk.0.attn_k.weight", new float[HEAD_LENGTH * dim]);
        tensors.put("blk.0.attn_v.weight", new float[HEAD_LENGTH * dim]);
        tensors.put("blk.0.attn_output.weight", new float[dim * dim]);
        tensors.put("blk.0.ffn_gate.weight", new float[FFN * dim]);
        tensors.put("blk.0.ffn_up.weight", new float[FFN * dim]);
        tensors.put("blk.0.ffn_down.weight", new float[dim * FFN]);
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("general.architecture", "llama").string("general.name", "bigrams");
            uint32(writer, "llama.context_length", 256);
            uint32(writer, "llama.embedding_length", dim);
            uint32(writer, "llama.block_count", 1);
            uint32(writer, "llama.feed_forward_length", FFN);
            uint32(writer, "llama.attention.head_count", dim / HEAD_LENGTH);
            uint32(writer, "llama.attention.head_count_kv", 1);
            uint32(writer, "llama.rope.dimension_count", HEAD_LENGTH);
            writer.number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, 1e-9);
            writer.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", pieces);
            writer.numbers("tokenizer.ggml.scores", GgufType.FLOAT32, scores);
            writer.integers("tokenizer.ggml.token_type", GgufType.INT32, types);
            tensors.forEach((name, weights) -> {
                int columns = name.contains("norm") ? weights.length : name.contains("ffn_down") ? FFN : dim;
                if (weights.length == columns) {
                    writer.tensor(name, QuantType.F32, columns);
                } else {
                    writer.tensor(name, QuantType.F32, columns, weights.length / columns);
                }
            });
            tensors.forEach(writer::encode);
            writer.finish();
        }
        return path;
    }

    private static void uint32(GgufWriter writer, String key, int value) {
        writer.integer(key, GgufType.UINT32, value);
    }
}
