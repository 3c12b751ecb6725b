package dev.cria.model.lora;

import dev.cria.core.MalformedFileException;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.GgufFile;
import dev.cria.quant.GgufMetadata;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.quant.WeightTensor;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Adapters in llama.cpp's GGUF layout: tensors {@code NAME.lora_a} and {@code NAME.lora_b} for each changed tensor
 * NAME, and one alpha. The lora_a of token embeddings is stored as {@code [vocabulary][rank]}, so that a token's row
 * can be looked up.
 */
public final class GgufLora {
    private static final String ARCHITECTURE = "llama";
    private static final String ALPHA = "adapter.lora.alpha";
    private static final String A = ".lora_a";
    private static final String B = ".lora_b";

    private final GgufFile file;

    private GgufLora(GgufFile file) {
        this.file = file;
    }

    /**
     * Reads an adapter.
     *
     * @param path the file
     * @return its content
     * @throws MalformedFileException if it is broken or no adapter of a supported kind
     * @throws dev.cria.core.CriaException if it cannot be read
     */
    public static LoraContent read(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            return new GgufLora(file).content();
        }
    }

    /**
     * Reads an adapter from a stream.
     *
     * @param in the stream
     * @param name what it is called in messages
     * @return its content
     * @throws MalformedFileException if it is broken or no adapter of a supported kind
     * @throws dev.cria.core.CriaException if it cannot be read
     */
    public static LoraContent read(InputStream in, String name) {
        try (GgufFile file = GgufFile.open(in, name)) {
            return new GgufLora(file).content();
        }
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file.path(), problem);
    }

    private LoraContent content() {
        GgufMetadata metadata = file.metadata();
        require("general.type", "adapter");
        require("general.architecture", ARCHITECTURE);
        require("adapter.type", "lora");
        if (metadata.contains("adapter.alora.invocation_tokens")) {
            throw malformed(
                    "metadata key adapter.alora.invocation_tokens: adapters that begin at certain tokens are not supported");
        }
        double alpha = metadata.number(ALPHA).orElseThrow(() -> malformed("metadata key " + ALPHA + " is missing"));
        if (!Double.isFinite(alpha)) {
            throw malformed(ALPHA + " must be finite, but is " + alpha);
        }
        SequencedMap<LoraSite, LoraFactors> factors = new LinkedHashMap<>();
        for (WeightTensor tensor : file.tensors().values()) {
            String name = tensor.name();
            if (!name.endsWith(A) && !name.endsWith(B)) {
                throw malformed("tensor " + name + " is not part of a LoRA: names end in " + A + " or " + B);
            }
            String base = name.substring(0, name.length() - A.length());
            LoraSite site = LoraSite.ofGguf(base).orElseThrow(() -> malformed("tensor " + name
                    + " would change " + base + ", which is no matrix of a llama model or not supported"));
            if (!factors.containsKey(site)) {
                factors.put(site, factors(site, tensor(base + A), tensor(base + B), alpha));
            }
        }
        if (factors.isEmpty()) {
            throw malformed("the adapter has no tensors");
        }
        return new LoraContent(file.path().toString(), metadata.string("general.name").orElse(""), RowOrder.PAIRS,
                factors, List.of());
    }

    private void require(String key, String expected) {
        String found = file.metadata().string(key).orElseThrow(() -> malformed("not a LoRA adapter: metadata key " + key
                + " is missing"));
        if (!found.equals(expected)) {
            throw malformed("not a LoRA adapter for Llama: " + key + " is \"" + found + "\", expected is \"" + expected
                    + "\"");
        }
    }

    private TensorFloats tensor(String name) {
        return TensorFloats.of(file.path(), Optional.ofNullable(file.tensors().get(name))
                .orElseThrow(() -> malformed("tensor " + name + " is missing, though its counterpart is there")));
    }

    private LoraFactors factors(LoraSite site, TensorFloats a, TensorFloats b, double alpha) {
        boolean lookedUp = site.module() == LoraModule.TOKEN_EMBD;
        int rank = lookedUp ? a.columns() : a.rows();
        TensorFloats.requireRank(file.path(), a, rank, b, b.columns());
        // llama.cpp takes an alpha of 0 for "no alpha"
        double scale = alpha == 0 ? 1 : alpha / rank;
        return new LoraFactors(rank, lookedUp ? a.rows() : a.columns(), b.rows(), scale,
                lookedUp ? a.transposed() : a.floats(), b.floats());
    }

    /**
     * Writes an adapter in F32. The file has one alpha; where the scales of the matrices differ from it, B is
     * multiplied by the difference.
     *
     * @param content the adapter, its rows in pairs
     * @param path the file
     * @throws dev.cria.core.CriaException if it cannot be written
     */
    public static void write(LoraContent content, Path path) {
        float alpha = (float) content.factors().values().stream().mapToDouble(f -> f.scale() * f.rank())
                .filter(value -> (float) value != 0).findFirst().orElse(1);
        try (GgufWriter writer = GgufWriter.create(path)) {
            writer.string("general.architecture", ARCHITECTURE).string("general.type", "adapter")
                    .string("general.name", content.name()).string("adapter.type", "lora")
                    .number(ALPHA, GgufType.FLOAT32, alpha);
            content.factors().forEach((site, f) -> {
                boolean lookedUp = site.module() == LoraModule.TOKEN_EMBD;
                writer.tensor(site.ggufName() + A, QuantType.F32, lookedUp ? f.rank() : f.inputs(),
                        lookedUp ? f.inputs() : f.rank());
                writer.tensor(site.ggufName() + B, QuantType.F32, f.rank(), f.outputs());
            });
            content.factors().forEach((site, f) -> {
                boolean lookedUp = site.module() == LoraModule.TOKEN_EMBD;
                writer.encode(site.ggufName() + A,
                        lookedUp ? TensorFloats.transpose(f.a(), f.rank(), f.inputs()) : f.a());
                writer.encode(site.ggufName() + B, scaled(f.b(), f.scale() * f.rank() / alpha));
            });
            writer.finish();
        }
    }

    private static float[] scaled(float[] values, double factor) {
        // alpha is a float in the file: a factor that only undoes its rounding changes nothing
        if ((float) factor != 1) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] * factor);
            }
        }
        return values;
    }
}
