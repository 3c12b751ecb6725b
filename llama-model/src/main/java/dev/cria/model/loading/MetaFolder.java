package dev.cria.model.loading;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.QuantType;
import dev.cria.quant.StoredTensor;
import dev.cria.quant.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A model as Meta publishes it: {@code params.json}, {@code tokenizer.model} and {@code consolidated.NN.pth}, one file
 * for each rank of model parallelism; or as Mistral does, with everything in {@code consolidated.safetensors}. Of a
 * matrix whose outputs are shared out (wq, wk, wv, w1, w3, output) every file has some rows; of one whose inputs are
 * (wo, w2, and the embedding) some columns of all rows; norms are in all files. The parts are joined row by row when
 * they are read.
 */
final class MetaFolder implements AutoCloseable {
    static final String PARAMS = "params.json";
    static final String WHOLE = "consolidated.safetensors";
    private static final Pattern SHARD = Pattern.compile("consolidated\\.\\d\\d\\.pth");
    /** The last ones are Mistral's names for versions of its tokenizer. */
    private static final List<String> TOKENIZERS = List.of("tokenizer.model", "tokenizer.model.v3",
            "tokenizer.model.v2", "tokenizer.model.v1");

    private static final int MOST_SHARDS = 100;
    private static final double LLAMA_1_EPSILON = 1e-6;
    private static final int LLAMA_1_CONTEXT = 2048;
    private static final int LLAMA_2_CONTEXT = 4096;
    private static final double CODE_LLAMA_ROPE_BASE = 1e6;
    private static final int CODE_LLAMA_CONTEXT = 16384;

    private final Path folder;
    private final JsonFile params;
    private final List<WeightFile> shards = new ArrayList<>();
    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

    private MetaFolder(Path folder) {
        this.folder = folder;
        this.params = JsonFile.read(folder.resolve(PARAMS));
    }

    /**
     * Opens a folder.
     *
     * @param folder the folder
     * @return the open model
     * @throws MalformedFileException if a file is broken, a shard is missing or shards do not fit together
     * @throws CriaException if a file cannot be read
     */
    static Checkpoint open(Path folder) {
        MetaFolder model = new MetaFolder(folder);
        try {
            return model.read();
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private Checkpoint read() {
        if (params.bool("use_scaled_rope").orElse(false)) {
            throw params.malformed("use_scaled_rope asks for the RoPE scaling of Llama 3.1, which is not supported");
        }
        int dim = params.size("dim");
        int heads = params.size("n_heads");
        int layers = params.size("n_layers");
        int kvHeads = params.size("n_kv_heads", heads);
        if (params.has("moe")) {
            throw params.malformed("moe asks for a mixture of experts, which is not supported");
        }
        if (dim % heads != 0 && !params.has("head_dim")) {
            throw params.malformed("n_heads must divide dim " + dim + " where there is no head_dim, but is " + heads);
        }
        int head = params.size("head_dim", dim / heads);
        int queryLength = Math.multiplyExact(head, heads);
        int kvLength = Math.multiplyExact(head, Math.min(kvHeads, heads));
        findShards().forEach(path -> shards.add(WeightFile.open(path)));
        long vocabulary = addEmbedding(dim);
        long feedForward = 0;
        for (int layer = 0; layer < layers; layer++) {
            String from = "layers." + layer + ".";
            String to = "blk." + layer + ".";
            addNorm(from + "attention_norm", to + "attn_norm", dim);
            addRows(from + "attention.wq", to + "attn_q", queryLength, dim);
            addRows(from + "attention.wk", to + "attn_k", kvLength, dim);
            addRows(from + "attention.wv", to + "attn_v", kvLength, dim);
            addColumns(from + "attention.wo", to + "attn_output", dim, queryLength);
            addNorm(from + "ffn_norm", to + "ffn_norm", dim);
            // params.json does not hold this size but a recipe for it, so the first matrix says what it is
            feedForward = layer == 0 ? sum(parts(from + "feed_forward.w1"), true) : feedForward;
            addRows(from + "feed_forward.w1", to + "ffn_gate", feedForward, dim);
            addColumns(from + "feed_forward.w2", to + "ffn_down", dim, feedForward);
            addRows(from + "feed_forward.w3", to + "ffn_up", feedForward, dim);
        }
        String beyond = "layers." + layers + ".attention_norm.weight";
        if (shards.getFirst().tensors().containsKey(beyond)) {
            throw params.malformed("n_layers is " + layers + ", but there is a tensor " + beyond);
        }
        addNorm("norm", "output_norm", dim);
        addRows("output", "output", vocabulary, dim);

        double epsilon = params.number("norm_eps").orElse(1e-5);
        double base = params.number("rope_theta").orElse(10_000);
        GgufMetadata.Builder metadata = LlamaMetadata.builder(params.file(), "")
                .integer(LlamaMetadata.EMBEDDING_LENGTH, dim).integer(LlamaMetadata.LAYERS, layers)
                .integer(LlamaMetadata.HEADS, heads).integer(LlamaMetadata.KV_HEADS, kvHeads)
                .integer(LlamaMetadata.HEAD_LENGTH, head).integer(LlamaMetadata.VALUE_LENGTH, head)
                .integer(LlamaMetadata.FEED_FORWARD_LENGTH, feedForward)
                .integer(LlamaMetadata.CONTEXT_LENGTH, params.size("max_seq_len", context(epsilon, base)))
                .number(LlamaMetadata.NORM_EPSILON, epsilon).number(LlamaMetadata.ROPE_BASE, base);
        if (params.has("sliding_window")) {
            metadata.integer(LlamaMetadata.SLIDING_WINDOW, params.size("sliding_window"));
        }
        ModelVocabulary.find(folder, TOKENIZERS.stream())
                .ifPresent(found -> ModelVocabulary.add(folder, found, vocabulary, metadata));
        String format = "Meta " + shards.getFirst().format() + ", " + shards.size()
                + (shards.size() == 1 ? " shard" : " shards");
        return new Checkpoint(folder, format, metadata.build(), tensors, this::close);
    }

    /** The trained context is not in params.json; it follows from what tells the generations apart. */
    private static int context(double epsilon, double base) {
        if (base == CODE_LLAMA_ROPE_BASE) {
            return CODE_LLAMA_CONTEXT;
        }
        return epsilon == LLAMA_1_EPSILON ? LLAMA_1_CONTEXT : LLAMA_2_CONTEXT;
    }

    private List<Path> findShards() {
        List<Path> found = new ArrayList<>();
        if (!hasShards(folder) && Files.isRegularFile(folder.resolve(WHOLE))) {
            return List.of(folder.resolve(WHOLE));
        }
        for (int i = 0; i < MOST_SHARDS; i++) {
            Path path = folder.resolve(String.format(Locale.ROOT, "consolidated.%02d.pth", i));
            if (Files.isRegularFile(path)) {
                found.add(path);
            }
        }
        long count = shards(folder).size();
        for (int i = 0; i < Math.max(count, 1); i++) {
            Path path = folder.resolve(String.format(Locale.ROOT, "consolidated.%02d.pth", i));
            if (i >= found.size() || !found.get(i).equals(path)) {
                throw new MalformedFileException(folder, "the shard " + path.getFileName() + " is missing");
            }
        }
        return found;
    }

    /** {@return whether weights are there in PyTorch's format, as Meta has them} */
    static boolean hasShards(Path folder) {
        return !shards(folder).isEmpty();
    }

    private static List<Path> shards(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> SHARD.matcher(file.getFileName().toString()).matches()).toList();
        } catch (IOException e) {
            throw FileFailure.reading(folder, e);
        }
    }

    /** The parts of a tensor, whose shapes must be equal. */
    private List<StoredTensor> parts(String name) {
        String full = name + ".weight";
        List<StoredTensor> parts = new ArrayList<>();
        for (WeightFile shard : shards) {
            WeightTensor part = shard.tensors().get(full);
            if (part == null) {
                throw new MalformedFileException(shard.path(), shard.missing(full));
            }
            if (!parts.isEmpty()) {
                StoredTensor first = parts.getFirst();
                if (!first.shape().equals(part.shape()) || first.type() != part.type()) {
                    throw new MalformedFileException(shard.path(), "tensor " + full + " is " + part.type()
                            + " of shape " + part.shape().reversed() + ", but in " + shards.getFirst().path()
                                    .getFileName()
                            + " it is " + first.type() + " of shape " + first.shape().reversed());
                }
            }
            parts.add(part);
        }
        return parts;
    }

    private static long sum(List<StoredTensor> parts, boolean rows) {
        return parts.stream().mapToLong(part -> rows ? part.rows() : part.columns()).sum();
    }

    private void addNorm(String from, String to, int length) {
        StoredTensor norm = parts(from).getFirst();
        require(from, norm, 1, length);
        add(to, norm.named(to + ".weight").quantized(QuantType.F32));
    }

    private void addRows(String from, String to, long rows, long columns) {
        List<StoredTensor> parts = parts(from);
        StoredTensor joined = StoredTensor.joinedRows(to + ".weight", parts);
        require(from, joined, rows, columns);
        add(to, joined);
    }

    private void addColumns(String from, String to, long rows, long columns) {
        List<StoredTensor> parts = parts(from);
        StoredTensor joined = StoredTensor.joinedColumns(to + ".weight", parts);
        require(from, joined, rows, columns);
        add(to, joined);
    }

    /** Llama 2 shares the columns out, its successors the rows, which the shape of a part tells. */
    private long addEmbedding(int dim) {
        List<StoredTensor> parts = parts("tok_embeddings");
        boolean byRows = parts.getFirst().columns() == dim;
        StoredTensor joined = byRows
                ? StoredTensor.joinedRows("token_embd.weight", parts)
                : StoredTensor.joinedColumns("token_embd.weight", parts);
        long stated = params.integer("vocab_size").orElse(-1);
        require("tok_embeddings", joined, stated > 0 ? stated : joined.rows(), dim);
        add("token_embd", joined);
        return joined.rows();
    }

    private void require(String name, StoredTensor joined, long rows, long columns) {
        if (joined.rows() != rows || joined.columns() != columns) {
            throw new MalformedFileException(folder, "tensor " + name + ".weight of " + shards.size()
                    + (shards.size() == 1 ? " shard" : " shards together") + " must have the shape [" + rows + ", "
                    + columns + "], but has [" + joined.rows() + ", " + joined.columns()
                    + "]; perhaps a shard is missing");
        }
    }

    private void add(String name, StoredTensor tensor) {
        tensors.put(name + ".weight", tensor);
    }

    @Override
    public void close() {
        shards.forEach(shard -> shard.end().run());
    }
}
