package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.GgufLora;
import dev.cria.model.lora.LoraContent;
import dev.cria.model.lora.LoraSite;
import dev.cria.model.lora.PeftLora;
import dev.cria.model.lora.RowOrder;
import dev.cria.model.weights.LoraFactors;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Supplier;

/**
 * A LoRA adapter (Hu et al. 2021): small matrices that change what a model does without touching its weights. Adapters
 * are given to a model with {@link LlamaModel.Builder#lora} or to one generation or chat with
 * {@link TextRequest#lora}; several add up.
 *
 * <p>Immutable and thread-safe; one adapter may serve any number of models that it fits. Its matrices are in memory, as
 * floats.
 */
public final class LoraAdapter {
    private final LoraContent content;

    private LoraAdapter(LoraContent content) {
        this.content = content;
    }

    /**
     * Loads an adapter. Whether it fits a model is checked when it is given to the model.
     *
     * @param path a GGUF file that holds an adapter, or a PEFT folder with {@code adapter_config.json} and
     *        {@code adapter_model.safetensors}
     * @return the adapter
     * @throws MalformedFileException if a file is broken or the adapter of no supported kind; the message names what
     *     and where
     * @throws CriaException if a file cannot be read, or the adapter does not fit into memory
     */
    public static LoraAdapter load(Path path) {
        Objects.requireNonNull(path, "path must not be null");
        return load(FileFailure.name(path),
                () -> Files.isDirectory(path) ? PeftLora.read(path) : GgufLora.read(path));
    }

    /**
     * Loads an adapter from a stream, as for one that comes in a jar. Whether it fits a model is checked when it is
     * given to the model.
     *
     * @param gguf a GGUF file that holds an adapter; it is read to its end and not closed
     * @param name what it is called in messages
     * @return the adapter
     * @throws MalformedFileException if it is broken or the adapter of no supported kind; the message says what and
     *     where
     * @throws CriaException if it cannot be read, or does not fit into memory
     */
    public static LoraAdapter load(InputStream gguf, String name) {
        Objects.requireNonNull(gguf, "gguf must not be null");
        Objects.requireNonNull(name, "name must not be null");
        return load(name, () -> GgufLora.read(gguf, name));
    }

    private static LoraAdapter load(String name, Supplier<LoraContent> content) {
        try {
            return new LoraAdapter(content.get());
        } catch (OutOfMemoryError e) {
            throw new CriaException(name + ": there is not enough memory for the adapter; give the JVM more with -Xmx",
                    e);
        }
    }

    /**
     * Makes an adapter of matrices.
     *
     * @param name a name for messages and files
     * @param factors the changes by GGUF's name of the changed tensor, at least one: {@code blk.N.attn_q.weight}, and
     *        likewise attn_k, attn_v, attn_output, ffn_gate, ffn_up and ffn_down, {@code output.weight} and
     *        {@code token_embd.weight}. The rows of B of attn_q and attn_k are ordered as GGUF has them: the two that
     *        RoPE rotates together are neighbours
     * @return the adapter
     * @throws IllegalArgumentException if there is no matrix, or one for a tensor that adapters cannot change
     */
    public static LoraAdapter of(String name, Map<String, LoraFactors> factors) {
        Objects.requireNonNull(name, "name must not be null");
        Objects.requireNonNull(factors, "factors must not be null");
        if (factors.isEmpty()) {
            throw new IllegalArgumentException("an adapter changes at least one tensor");
        }
        SequencedMap<LoraSite, LoraFactors> sites = new LinkedHashMap<>();
        factors.forEach((tensor, matrices) -> sites.put(LoraSite.ofGguf(tensor)
                .orElseThrow(() -> new IllegalArgumentException("adapters cannot change a tensor " + tensor)),
                matrices));
        return new LoraAdapter(new LoraContent("adapter \"" + name + "\"", name, RowOrder.PAIRS, sites, List.of()));
    }

    LoraContent content() {
        return content;
    }

    /** {@return the name of the adapter, may be empty} */
    public String name() {
        return content.name();
    }

    /**
     * {@return the changes for a model, by GGUF's name of the changed tensor, ordered as for {@link #of}}
     *
     * @param config sizes of the model
     * @throws CriaException if the adapter does not fit the model; the message names the tensor
     */
    public SequencedMap<String, LoraFactors> factors(ModelConfig config) {
        Objects.requireNonNull(config, "config must not be null");
        return content.factorsByName(config);
    }

    /**
     * Writes the adapter to a GGUF file of F32 tensors, which llama.cpp reads too. The format has one alpha for all
     * tensors; where scales differ, the matrices B are multiplied by the difference.
     *
     * @param path the file; one that is there is replaced when the new one is complete
     * @param config sizes of the model that it changes
     * @throws CriaException if the adapter does not fit the model, or the file cannot be written
     */
    public void writeGguf(Path path, ModelConfig config) {
        Objects.requireNonNull(path, "path must not be null");
        Objects.requireNonNull(config, "config must not be null");
        GgufLora.write(content.fitted(config, RowOrder.PAIRS), path);
    }

    /**
     * Writes the adapter to a folder of F32 tensors that Hugging Face's PEFT reads.
     *
     * @param folder the folder, made if it is missing; its {@code adapter_config.json} and
     *        {@code adapter_model.safetensors} are replaced
     * @param config sizes of the model that it changes
     * @throws CriaException if the adapter does not fit the model, or a file cannot be written
     */
    public void writePeft(Path folder, ModelConfig config) {
        Objects.requireNonNull(folder, "folder must not be null");
        Objects.requireNonNull(config, "config must not be null");
        PeftLora.write(content.fitted(config, RowOrder.HALVES), config, folder);
    }

    /** {@return a scale as floats have it, if it is finite} */
    static float checkedScale(double scale) {
        if (!Float.isFinite((float) scale)) {
            throw new IllegalArgumentException("the scale of an adapter must be finite, but was " + scale);
        }
        return (float) scale;
    }

    /** {@return the name or the file, and how many tensors are changed} */
    @Override
    public String toString() {
        return content.described();
    }
}
