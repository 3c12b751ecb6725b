package dev.cria.model.loading;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.quant.SafetensorsWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Predicate;

/**
 * A small model with random weights, written in each layout by the rules of that layout.
 *
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param head length of a head
 * @param feedForward inner width of the feed-forward network
 * @param layers number of layers
 * @param weights weights by their names in GGUF, row by row
 */
public record RandomLlama(int heads, int kvHeads, int head, int feedForward, int layers,
        SequencedMap<String, float[]> weights) {
    /** The 3 special tokens and 256 bytes, and some to make it a multiple of 8. */
    public static final int VOCABULARY = 272;

    private static final Map<String, String> META = Map.ofEntries(Map.entry("attn_norm", "attention_norm"),
            Map.entry("attn_q", "attention.wq"), Map.entry("attn_k", "attention.wk"),
            Map.entry("attn_v", "attention.wv"), Map.entry("attn_output", "attention.wo"),
            Map.entry("ffn_norm", "ffn_norm"), Map.entry("ffn_gate", "feed_forward.w1"),
            Map.entry("ffn_down", "feed_forward.w2"), Map.entry("ffn_up", "feed_forward.w3"),
            Map.entry("token_embd", "tok_embeddings"), Map.entry("output_norm", "norm"),
            Map.entry("output", "output"));
    private static final Map<String, String> HUGGING_FACE = Map.ofEntries(Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"), Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"), Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("ffn_norm", "post_attention_layernorm"), Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_down", "mlp.down_proj"), Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("token_embd", "model.embed_tokens"), Map.entry("output_norm", "model.norm"),
            Map.entry("output", "lm_head"));

    public static RandomLlama of(int heads, int kvHeads, int head, int feedForward, int layers, long seed) {
        RandomLlama model = new RandomLlama(heads, kvHeads, head, feedForward, layers, new LinkedHashMap<>());
        Random random = new Random(seed);
        model.fill(random, "token_embd", VOCABULARY * model.dim());
        for (int i = 0; i < layers; i++) {
            String block = "blk." + i + ".";
            model.fill(random, block + "attn_norm", model.dim());
            model.fill(random, block + "attn_q", model.dim() * model.dim());
            model.fill(random, block + "attn_k", kvHeads * head * model.dim());
            model.fill(random, block + "attn_v", kvHeads * head * model.dim());
            model.fill(random, block + "attn_output", model.dim() * model.dim());
            model.fill(random, block + "ffn_norm", model.dim());
            model.fill(random, block + "ffn_gate", feedForward * model.dim());
            model.fill(random, block + "ffn_down", feedForward * model.dim());
            model.fill(random, block + "ffn_up", feedForward * model.dim());
        }
        model.fill(random, "output_norm", model.dim());
        model.fill(random, "output", VOCABULARY * model.dim());
        return model;
    }

    int dim() {
        return heads * head;
    }

    private void fill(Random random, String name, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() / 4;
        }
        weights.put(name, values);
    }

    private int columns(String name) {
        return name.endsWith("ffn_down") ? feedForward : dim();
    }

    /** As GGUF, without a tokenizer. */
    public Path gguf(Path path) {
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("general.architecture", "llama").integer("llama.embedding_length", GgufType.UINT32, dim())
                    .integer("llama.block_count", GgufType.UINT32, layers)
                    .integer("llama.attention.head_count", GgufType.UINT32, heads)
                    .integer("llama.attention.head_count_kv", GgufType.UINT32, kvHeads)
                    .integer("llama.feed_forward_length", GgufType.UINT32, feedForward)
                    .integer("llama.context_length", GgufType.UINT32, 4096)
                    .number("llama.attention.layer_norm_rms_epsilon", GgufType.FLOAT32, 1e-5)
                    .number("llama.rope.freq_base", GgufType.FLOAT32, 10_000);
            weights.forEach((name, values) -> {
                if (name.endsWith("norm")) {
                    writer.tensor(name + ".weight", QuantType.F32, values.length);
                } else {
                    writer.tensor(name + ".weight", QuantType.F32, columns(name), values.length / columns(name));
                }
            });
            weights.forEach((name, values) -> writer.encode(name + ".weight", values));
            writer.finish();
        }
        return path;
    }

    /** As Meta's folder: the matrices that give outputs cut by rows, those that take them by columns. */
    Path meta(Path folder, int shards) throws IOException {
        Files.createDirectories(folder);
        ObjectNode params = new ObjectMapper().createObjectNode().put("dim", dim()).put("n_layers", layers)
                .put("n_heads", heads).put("n_kv_heads", kvHeads).put("norm_eps", 1e-5).put("vocab_size", -1);
        Files.writeString(folder.resolve("params.json"), params.toString());
        tokenizer(folder.resolve("tokenizer.model"));
        for (int shard = 0; shard < shards; shard++) {
            TorchArchive archive = new TorchArchive();
            for (Map.Entry<String, float[]> entry : weights.entrySet()) {
                String name = entry.getKey();
                String other = name.startsWith("blk.")
                        ? "layers." + name.substring(4, name.lastIndexOf('.') + 1)
                                + META.get(name.substring(name.lastIndexOf('.') + 1))
                        : META.get(name);
                add(archive, other + ".weight", name, entry.getValue(), shard, shards);
            }
            archive.add("rope.freqs", new float[head / 2], head / 2);
            archive.write(folder.resolve(String.format(Locale.ROOT, "consolidated.%02d.pth", shard)));
        }
        return folder;
    }

    private void add(TorchArchive archive, String other, String name, float[] values, int shard, int shards) {
        int columns = columns(name);
        int rows = values.length / columns;
        if (name.endsWith("norm")) {
            archive.add(other, values, values.length);
        } else if (name.equals("token_embd") || name.endsWith("attn_output") || name.endsWith("ffn_down")) {
            int part = columns / shards;
            float[] some = new float[rows * part];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(values, row * columns + shard * part, some, row * part, part);
            }
            archive.add(other, some, rows, part);
        } else {
            int part = rows / shards;
            archive.add(other, Arrays.copyOfRange(values, shard * part * columns, (shard + 1) * part * columns), part,
                    columns);
        }
    }

    /**
     * As Hugging Face's folder of PyTorch files: heads of q and k with their even components first, then the odd ones.
     */
    Path huggingFace(Path folder) throws IOException {
        describe(folder);
        torch().write(folder.resolve("pytorch_model.bin"));
        return folder;
    }

    private void describe(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config().toString());
        tokenizer(folder.resolve("tokenizer.model"));
    }

    /** As Hugging Face's folder of one or several files of PyTorch or safetensors, with weights of 32 or 16 bits. */
    Path huggingFace(Path folder, QuantType type, boolean safetensors, int shards) throws IOException {
        describe(folder);
        String form = safetensors ? "model%s.safetensors" : "pytorch_model%s.bin";
        ObjectNode index = new ObjectMapper().createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        for (int shard = 0; shard < shards; shard++) {
            String name = String.format(Locale.ROOT, form,
                    shards == 1 ? "" : String.format(Locale.ROOT, "-%05d-of-%05d", shard + 1, shards));
            int part = shard;
            Predicate<String> inPart = tensor -> Math.floorMod(tensor.hashCode(), shards) == part;
            if (safetensors) {
                safetensors(folder.resolve(name), type, inPart);
            } else {
                TorchArchive archive = new TorchArchive();
                huggingFaceTensors(inPart, (tensor, shape, values) -> archive.add(tensor, type, values, shape));
                archive.write(folder.resolve(name));
            }
            huggingFaceTensors(inPart, (tensor, shape, values) -> map.put(tensor, name));
        }
        if (shards > 1) {
            Files.writeString(folder.resolve(String.format(Locale.ROOT, form, "") + ".index.json"), index.toString());
        }
        return folder;
    }

    /** The tensors of Hugging Face's folder. */
    TorchArchive torch() {
        TorchArchive archive = new TorchArchive();
        huggingFaceTensors(_ -> true, (name, shape, values) -> archive.add(name, values, shape));
        return archive;
    }

    /** The tensors of Hugging Face's folder, as safetensors. */
    Path safetensors(Path path) {
        return safetensors(path, QuantType.F32, _ -> true);
    }

    private Path safetensors(Path path, QuantType type, Predicate<String> which) {
        try (SafetensorsWriter writer = SafetensorsWriter.create(path)) {
            huggingFaceTensors(which, (name, shape, values) -> writer.tensor(name, type,
                    Arrays.stream(shape).asLongStream().toArray()));
            huggingFaceTensors(which, (name, shape, values) -> writer.encode(name, values));
            writer.finish();
        }
        return path;
    }

    /** Takes tensors one after another. */
    interface Receiver {
        void accept(String name, int[] shape, float[] values);
    }

    void huggingFaceTensors(Receiver receiver) {
        huggingFaceTensors(_ -> true, receiver);
    }

    private void huggingFaceTensors(Predicate<String> which, Receiver receiver) {
        weights.forEach((name, values) -> {
            String other = name.startsWith("blk.")
                    ? "model.layers." + name.substring(4, name.lastIndexOf('.') + 1)
                            + HUGGING_FACE.get(name.substring(name.lastIndexOf('.') + 1))
                    : HUGGING_FACE.get(name);
            boolean rotary = name.endsWith("attn_q") || name.endsWith("attn_k");
            float[] ordered = rotary ? halves(values) : values;
            if (!which.test(other + ".weight")) {
                return;
            }
            if (name.endsWith("norm")) {
                receiver.accept(other + ".weight", new int[]{ordered.length}, ordered);
            } else {
                receiver.accept(other + ".weight", new int[]{ordered.length / columns(name), columns(name)}, ordered);
            }
        });
    }

    ObjectNode config() {
        return new ObjectMapper().createObjectNode().put("model_type", "llama").put("hidden_size", dim())
                .put("num_hidden_layers", layers).put("num_attention_heads", heads)
                .put("num_key_value_heads", kvHeads).put("intermediate_size", feedForward)
                .put("vocab_size", VOCABULARY).put("rms_norm_eps", 1e-5).put("max_position_embeddings", 4096)
                .put("tie_word_embeddings", false);
    }

    private float[] halves(float[] values) {
        int dim = dim();
        float[] ordered = new float[values.length];
        for (int first = 0; first < values.length / dim; first += head) {
            for (int i = 0; i < head / 2; i++) {
                System.arraycopy(values, (first + 2 * i) * dim, ordered, (first + i) * dim, dim);
                System.arraycopy(values, (first + 2 * i + 1) * dim, ordered, (first + head / 2 + i) * dim, dim);
            }
        }
        return ordered;
    }

    /** A SentencePiece model with bytes as its only text. */
    static void tokenizer(Path path) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int id = 0; id < VOCABULARY - 3; id++) {
            String text = switch (id) {
                case 0 -> "<unk>";
                case 1 -> "<s>";
                case 2 -> "</s>";
                default -> id < 259
                        ? String.format(Locale.ROOT, "<0x%02X>", id - 3)
                        : Character.toString('a' + id - 259);
            };
            int type = id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1;
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            ByteBuffer piece = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
            piece.put((byte) 0x0a).put((byte) utf8.length).put(utf8).put((byte) 0x15).putFloat(-id)
                    .put((byte) 0x18).put((byte) type);
            out.write(0x0a);
            out.write(piece.position());
            out.write(piece.array(), 0, piece.position());
        }
        // trainer: BPE
        out.writeBytes(new byte[]{0x12, 2, 0x18, 2});
        // normaliser: spaces are kept
        out.writeBytes(new byte[]{0x1a, 2, 0x20, 0});
        Files.write(path, out.toByteArray());
    }
}
