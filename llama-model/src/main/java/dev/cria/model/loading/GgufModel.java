package dev.cria.model.loading;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.Matrix;
import dev.cria.core.WorkerTeam;
import dev.cria.core.host.FileFailure;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.Weights;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.QuantType;
import dev.cria.quant.StoredTensor;
import dev.cria.quant.packed.MatrixLoader;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * A Llama model described in GGUF's terms, wherever it comes from: its sizes and its weights. Everything is checked
 * against the sizes before any of it is loaded.
 */
public final class GgufModel {
    private static final String ARCHITECTURE = "llama";
    private static final List<String> LAYER_MATRICES = List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate",
            "ffn_up", "ffn_down");

    /** What old converters wrote of the rotary positions, which follow from the metadata. */
    private static final Pattern REDUNDANT = Pattern.compile("blk\\.\\d+\\.(attn_rot_embd|rope_freqs)(\\.weight)?");

    private final Checkpoint checkpoint;
    private final ModelConfig config;

    /**
     * Reads the sizes and checks that every tensor is there in its shape.
     *
     * @param file an open file
     * @throws MalformedFileException naming the key or tensor that is missing or does not fit
     */
    public GgufModel(GgufFile file) {
        this(Checkpoint.of(file));
    }

    /**
     * Reads the sizes and checks that every tensor is there in its shape.
     *
     * @param checkpoint an open model
     * @throws MalformedFileException naming the key or tensor that is missing or does not fit
     */
    public GgufModel(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        this.config = readConfig();
        checkTensors();
    }

    /** {@return the sizes} */
    public ModelConfig config() {
        return config;
    }

    /** {@return the tensors} */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(checkpoint.path(), problem);
    }

    private ModelConfig readConfig() {
        GgufMetadata metadata = checkpoint.metadata();
        if (metadata.string(LlamaMetadata.TYPE).orElse("model").equals("adapter")) {
            throw malformed("this is a LoRA adapter, not a model: load the model that it changes, and give it the"
                    + " adapter");
        }
        String architecture = metadata.string(LlamaMetadata.ARCHITECTURE).orElseThrow(
                () -> malformed("metadata key " + LlamaMetadata.ARCHITECTURE + " is missing"));
        if (!architecture.equals(ARCHITECTURE)) {
            throw malformed("general.architecture is \"" + architecture + "\", supported is \"" + ARCHITECTURE + "\"");
        }
        long experts = metadata.integer(LlamaMetadata.EXPERTS).orElse(0);
        if (experts != 0) {
            throw malformed(LlamaMetadata.EXPERTS + " is " + experts + ", but mixtures of experts are not supported");
        }
        int embedding = required(LlamaMetadata.EMBEDDING_LENGTH);
        int heads = required(LlamaMetadata.HEADS);
        if (embedding % heads != 0 && !metadata.contains(LlamaMetadata.HEAD_LENGTH)) {
            throw malformed(LlamaMetadata.HEADS + " must divide " + LlamaMetadata.EMBEDDING_LENGTH + " " + embedding
                    + " where there is no " + LlamaMetadata.HEAD_LENGTH + ", but is " + heads);
        }
        int head = optional(LlamaMetadata.HEAD_LENGTH, embedding / heads);
        requireEqual(LlamaMetadata.VALUE_LENGTH, optional(LlamaMetadata.VALUE_LENGTH, head), head);
        requireEqual(LlamaMetadata.ROPE_LENGTH, optional(LlamaMetadata.ROPE_LENGTH, head), head);
        int vocabulary = (int) tensor("token_embd.weight").rows();
        try {
            return new ModelConfig(metadata.string(LlamaMetadata.NAME).orElse(""), embedding,
                    required(LlamaMetadata.LAYERS), heads, optional(LlamaMetadata.KV_HEADS, heads), head,
                    required(LlamaMetadata.FEED_FORWARD_LENGTH), vocabulary, required(LlamaMetadata.CONTEXT_LENGTH),
                    epsilon(), ropeBase(),
                    new GgufRopeScaling(checkpoint).read(), slidingWindow(metadata));
        } catch (MalformedFileException e) {
            throw e;
        } catch (CriaException e) {
            throw new MalformedFileException(checkpoint.path(), String.valueOf(e.getMessage()), e);
        }
    }

    private float epsilon() {
        String key = LlamaMetadata.NORM_EPSILON;
        float epsilon = (float) checkpoint.metadata().number(key).orElseThrow(
                () -> malformed("metadata key " + key + " is missing"));
        if (!(epsilon > 0 && epsilon < 1)) {
            throw malformed(key + ", the RMSNorm epsilon, must be between 0 and 1, but is " + epsilon);
        }
        return epsilon;
    }

    private float ropeBase() {
        String key = LlamaMetadata.ROPE_BASE;
        float base = (float) checkpoint.metadata().number(key).orElse(10_000);
        if (!(base > 0 && base < Float.POSITIVE_INFINITY)) {
            throw malformed(key + ", the RoPE base, must be above 0, but is " + base);
        }
        return base;
    }

    /** 0 says that there is no window. */
    private OptionalInt slidingWindow(GgufMetadata metadata) {
        String key = LlamaMetadata.SLIDING_WINDOW;
        long window = metadata.integer(key).orElse(0);
        return window == 0 ? OptionalInt.empty() : OptionalInt.of(toInt(key, window));
    }

    private int required(String key) {
        return toInt(key, size(key).orElseThrow(() -> malformed("metadata key " + key + " is missing")));
    }

    private int optional(String key, int fallback) {
        return toInt(key, size(key).orElse(fallback));
    }

    /** A number, or an array with the number of each layer, which must all be equal. */
    private OptionalLong size(String key) {
        if (!(checkpoint.metadata().asMap().get(key) instanceof List<?>)) {
            return checkpoint.metadata().integer(key);
        }
        List<Long> sizes = checkpoint.metadata().integers(key).orElseThrow();
        if (sizes.isEmpty() || !sizes.stream().allMatch(sizes.getFirst()::equals)) {
            throw malformed(key + " must be the same for all layers, but is " + sizes);
        }
        return OptionalLong.of(sizes.getFirst());
    }

    private int toInt(String key, long value) {
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw malformed(key + " must be a whole number from 1 to " + Integer.MAX_VALUE + ", but is " + value);
        }
        return (int) value;
    }

    private void requireEqual(String key, int value, int head) {
        if (value != head) {
            throw malformed(key + " must be the head length " + head + ", but is " + value);
        }
    }

    private StoredTensor tensor(String name) {
        StoredTensor tensor = checkpoint.tensors().get(name);
        if (tensor == null) {
            throw malformed("tensor " + name + " is missing");
        }
        return tensor;
    }

    private void checkTensors() {
        int dim = config.embeddingLength();
        int ffn = config.feedForwardLength();
        // compared before the loop, so that a wild number of layers does not make a wild loop
        if (config.layers() > checkpoint.tensors().size()) {
            throw malformed(LlamaMetadata.LAYERS + " is " + config.layers() + ", but there are only "
                    + checkpoint.tensors().size() + " tensors");
        }
        check("token_embd.weight", config.vocabularySize(), dim);
        check("output_norm.weight", 1, dim);
        if (checkpoint.tensors().containsKey("output.weight")) {
            check("output.weight", config.vocabularySize(), dim);
        }
        Set<String> known = new HashSet<>(List.of("token_embd.weight", "output_norm.weight", "output.weight",
                "rope_freqs.weight"));
        for (int i = 0; i < config.layers(); i++) {
            known.addAll(List.of(block(i, "attn_norm"), block(i, "ffn_norm")));
            for (String matrix : LAYER_MATRICES) {
                known.add(block(i, matrix));
            }
            check(block(i, "attn_norm"), 1, dim);
            check(block(i, "attn_q"), config.queryLength(), dim);
            check(block(i, "attn_k"), config.kvLength(), dim);
            check(block(i, "attn_v"), config.kvLength(), dim);
            check(block(i, "attn_output"), dim, config.queryLength());
            check(block(i, "ffn_norm"), 1, dim);
            check(block(i, "ffn_gate"), ffn, dim);
            check(block(i, "ffn_up"), ffn, dim);
            check(block(i, "ffn_down"), dim, ffn);
        }
        // computing without a tensor that belongs to the model, a bias say, would give wrong answers without a word
        checkpoint.tensors().keySet().stream()
                .filter(name -> !known.contains(name) && !REDUNDANT.matcher(name).matches())
                .findFirst().ifPresent(name -> {
                    throw malformed("tensor " + name + (name.endsWith(".bias")
                            ? " is a bias, which is not supported"
                            : " is none of those of a Llama model with " + config.layers() + " layers"));
                });
    }

    private static String block(int layer, String tensor) {
        return "blk." + layer + "." + tensor + ".weight";
    }

    private void check(String name, int rows, int columns) {
        StoredTensor tensor = tensor(name);
        boolean flat = tensor.shape().stream().skip(2).allMatch(extent -> extent == 1);
        if (tensor.rows() != rows || tensor.columns() != columns || !flat) {
            throw malformed("tensor " + name + " must have the shape [" + columns + ", " + rows + "], but has "
                    + tensor.shape());
        }
        if (rows == 1 && tensor.type() != QuantType.F32) {
            throw malformed("tensor " + name + " must have the type F32, but has " + tensor.type());
        }
    }

    /** {@return the bytes of all tensors} */
    public long bytes() {
        return checkpoint.tensors().values().stream().mapToLong(StoredTensor::bytes).sum();
    }

    /** {@return the bytes of the tensors that are in memory rather than in a file} */
    public long bytesInMemory() {
        return checkpoint.tensors().values().stream().filter(tensor -> tensor.files().findAny().isEmpty())
                .mapToLong(StoredTensor::bytes).sum();
    }

    /**
     * Loads the weights.
     *
     * @param packed whether to rearrange them for speed, which copies them, or to run from the mapping
     * @param activations what they are multiplied with
     * @param kernels the primitives that the matrices will use
     * @param team who does the work
     * @param arena owns the copies
     * @return the weights; those that were not copied are valid until the file is closed
     * @throws CriaException if the file can no longer be read, or the calling thread is interrupted
     */
    public Weights load(boolean packed, ActivationType activations, Kernels kernels, WorkerTeam team,
            Arena arena) {
        MatrixLoader loader = new MatrixLoader(kernels, arena, activations);
        String output = checkpoint.tensors().containsKey("output.weight") ? "output.weight" : "token_embd.weight";
        List<String> names = new ArrayList<>(List.of(output));
        for (int i = 0; i < config.layers(); i++) {
            for (String matrix : LAYER_MATRICES) {
                names.add(block(i, matrix));
            }
        }
        Thread caller = Thread.currentThread();
        // whole matrices are spread over the team, because touching new memory is what takes the time
        Map<String, Matrix> matrices = new ConcurrentHashMap<>();
        team.run(names.size(), (index, worker) -> {
            if (caller.isInterrupted()) {
                throw new CriaException("interrupted while " + FileFailure.name(checkpoint.path()) + " was loaded");
            }
            StoredTensor tensor = tensor(names.get(index));
            matrices.put(tensor.name(), packed ? loader.packed(tensor) : loader.mapped(tensor));
        });
        List<Weights.Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(new Weights.Layer(vector(block(i, "attn_norm")), matrix(matrices, i, "attn_q"),
                    matrix(matrices, i, "attn_k"), matrix(matrices, i, "attn_v"), matrix(matrices, i, "attn_output"),
                    vector(block(i, "ffn_norm")), matrix(matrices, i, "ffn_gate"), matrix(matrices, i, "ffn_up"),
                    matrix(matrices, i, "ffn_down")));
        }
        // of the embeddings a token needs one row: they stay in the file
        return new Weights(loader.mapped(tensor("token_embd.weight")), layers, vector("output_norm.weight"),
                Objects.requireNonNull(matrices.get(output)));
    }

    private static Matrix matrix(Map<String, Matrix> matrices, int layer, String name) {
        return Objects.requireNonNull(matrices.get(block(layer, name)));
    }

    private float[] vector(String name) {
        StoredTensor tensor = tensor(name);
        float[] values = new float[Math.toIntExact(tensor.columns())];
        tensor.decode(0, 0, values.length, values, 0);
        return values;
    }
}
