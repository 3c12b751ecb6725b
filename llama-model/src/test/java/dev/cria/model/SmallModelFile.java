package dev.cria.model;

import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.TokenType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;

/** Writes a model of a few thousand random weights, with metadata of the test's choice. */
public final class SmallModelFile {
    public static final int DIM = 32;
    public static final int LAYERS = 2;
    public static final int HEADS = 4;
    public static final int KV_HEADS = 2;
    public static final int HEAD_LENGTH = 8;
    public static final int FFN = 48;
    public static final float EPSILON = 1e-5f;

    private final List<String> extraPieces = new ArrayList<>();
    private final Map<String, float[]> tensors = new LinkedHashMap<>();
    private Consumer<GgufWriter> metadata = _ -> {};
    private int contextLength = 256;
    private String name = "";

    public SmallModelFile() {
        Random random = new Random(7);
        for (int layer = 0; layer < LAYERS; layer++) {
            norm(random, "blk." + layer + ".attn_norm.weight");
            matrix(random, "blk." + layer + ".attn_q.weight", HEADS * HEAD_LENGTH, DIM);
            matrix(random, "blk." + layer + ".attn_k.weight", KV_HEADS * HEAD_LENGTH, DIM);
            matrix(random, "blk." + layer + ".attn_v.weight", KV_HEADS * HEAD_LENGTH, DIM);
            matrix(random, "blk." + layer + ".attn_output.weight", DIM, HEADS * HEAD_LENGTH);
            norm(random, "blk." + layer + ".ffn_norm.weight");
            matrix(random, "blk." + layer + ".ffn_gate.weight", FFN, DIM);
            matrix(random, "blk." + layer + ".ffn_up.weight", FFN, DIM);
            matrix(random, "blk." + layer + ".ffn_down.weight", DIM, FFN);
        }
        norm(random, "output_norm.weight");
    }

    private void norm(Random random, String tensor) {
        matrix(random, tensor, 1, DIM);
    }

    private void matrix(Random random, String tensor, int rows, int columns) {
        float[] weights = new float[rows * columns];
        for (int i = 0; i < weights.length; i++) {
            // large enough that attention tells positions apart
            weights[i] = rows == 1 ? 1 + 0.1f * (float) random.nextGaussian() : 0.4f * (float) random.nextGaussian();
        }
        tensors.put(tensor, weights);
    }

    public SmallModelFile name(String generalName) {
        name = generalName;
        return this;
    }

    public SmallModelFile contextLength(int tokens) {
        contextLength = tokens;
        return this;
    }

    public SmallModelFile piece(String... controlPieces) {
        extraPieces.addAll(List.of(controlPieces));
        return this;
    }

    public SmallModelFile metadata(Consumer<GgufWriter> more) {
        metadata = metadata.andThen(more);
        return this;
    }

    public SmallModelFile vector(String tensor, float... values) {
        tensors.put(tensor, values);
        return this;
    }

    /** {@return the weights of a tensor, row by row} */
    public float[] weights(String tensor) {
        return Objects.requireNonNull(tensors.get(tensor), tensor);
    }

    public Path write(Path path) {
        List<String> pieces = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<Long> types = new ArrayList<>(List.of((long) TokenType.UNKNOWN.number(), (long) TokenType.CONTROL.number(),
                (long) TokenType.CONTROL.number()));
        for (int i = 0; i < 256; i++) {
            pieces.add("<0x%02X>".formatted(i));
            types.add((long) TokenType.BYTE.number());
        }
        pieces.add("\u2581");
        types.add((long) TokenType.NORMAL.number());
        for (String piece : extraPieces) {
            pieces.add(piece);
            types.add((long) TokenType.CONTROL.number());
        }
        matrix(new Random(8), "token_embd.weight", pieces.size(), DIM);
        matrix(new Random(9), "output.weight", pieces.size(), DIM);
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("general.architecture", "llama").string("general.name", name);
            uint32(writer, "llama.context_length", contextLength);
            uint32(writer, "llama.embedding_length", DIM);
            uint32(writer, "llama.block_count", LAYERS);
            uint32(writer, "llama.feed_forward_length", FFN);
            uint32(writer, "llama.attention.head_count", HEADS);
            uint32(writer, "llama.attention.head_count_kv", KV_HEADS);
            uint32(writer, "llama.rope.dimension_count", HEAD_LENGTH);
            writer.number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, EPSILON);
            writer.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", pieces);
            writer.numbers("tokenizer.ggml.scores", GgufType.FLOAT32, pieces.stream().map(_ -> 0.0).toList());
            writer.integers("tokenizer.ggml.token_type", GgufType.INT32, types);
            metadata.accept(writer);
            tensors.forEach((tensor, weights) -> {
                long columns = tensor.contains("norm") || tensor.contains("rope")
                        ? weights.length
                        : tensor.contains("ffn_down") ? FFN : DIM;
                if (weights.length == columns) {
                    writer.tensor(tensor, QuantType.F32, columns);
                } else {
                    writer.tensor(tensor, QuantType.F32, columns, weights.length / columns);
                }
            });
            tensors.forEach(writer::encode);
            writer.finish();
        }
        return path;
    }

    public static void uint32(GgufWriter writer, String key, int value) {
        writer.integer(key, GgufType.UINT32, value);
    }
}
