package dev.cria.model.lora;

import dev.cria.core.CriaException;
import dev.cria.core.Matrix;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What an adapter consists of.
 *
 * @param source the file or the name, for messages
 * @param name name of the adapter, may be empty
 * @param order order of the rows of B where RoPE rotates them
 * @param factors the changes, at least one
 * @param baseWeights matrices of the model itself that were saved with the adapter
 */
public record LoraContent(String source, String name, RowOrder order, SequencedMap<LoraSite, LoraFactors> factors,
        List<BaseWeight> baseWeights) {
    /** Copies the map and the list. */
    public LoraContent {
        baseWeights = List.copyOf(baseWeights);
        factors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(factors));
    }

    /**
     * {@return the adapter with its rows in an order, after checking that it fits a model}
     *
     * @param config sizes of the model
     * @param wanted the order
     * @throws CriaException naming the tensor that does not fit
     */
    public LoraContent fitted(ModelConfig config, RowOrder wanted) {
        SequencedMap<LoraSite, LoraFactors> ordered = new LinkedHashMap<>();
        for (Map.Entry<LoraSite, LoraFactors> entry : factors.entrySet()) {
            LoraSite site = entry.getKey();
            LoraFactors f = entry.getValue();
            requireFit(site, f, config);
            ordered.put(site, site.module().isRotated() && order != wanted
                    ? new LoraFactors(f.rank(), f.inputs(), f.outputs(), f.scale(), f.a(),
                            order.to(wanted, f.b(), f.rank(), config.headLength()))
                    : f);
        }
        return new LoraContent(source, name, wanted, ordered, baseWeights);
    }

    /**
     * {@return the changes for a model, by GGUF's name of the changed tensor, with the rows of B in GGUF's order}
     *
     * @param config sizes of the model
     * @throws CriaException naming the tensor that does not fit
     */
    public SequencedMap<String, LoraFactors> factorsByName(ModelConfig config) {
        SequencedMap<String, LoraFactors> named = new LinkedHashMap<>();
        fitted(config, RowOrder.PAIRS).factors().forEach((site, f) -> named.put(site.ggufName(), f));
        return Collections.unmodifiableSequencedMap(named);
    }

    /**
     * Checks that the matrices of a model which were saved with the adapter are those of the model that it is given to.
     *
     * @param embedding the model's token embeddings
     * @param output its output matrix
     * @throws CriaException if they are not
     */
    public void requireBase(Matrix embedding, Matrix output) {
        for (BaseWeight weight : baseWeights) {
            weight.requireEqual(weight.site().module() == LoraModule.TOKEN_EMBD ? embedding : output);
        }
    }

    /** {@return the name of the adapter, or {@code unnamed}} */
    public String label() {
        return name.isEmpty() ? "unnamed" : name;
    }

    /** {@return the file or the name, and how many tensors are changed} */
    public String described() {
        return "LoraAdapter[" + source + ", " + factors.size() + " tensors]";
    }

    private void requireFit(LoraSite site, LoraFactors f, ModelConfig config) {
        if (site.module().isInLayers() && site.layer() >= config.layers()) {
            throw new CriaException(source + ": the adapter does not fit the model: it changes " + site.ggufName()
                    + ", but the model has only " + config.layers() + " layers");
        }
        int inputs = site.module().inputs(config);
        int outputs = site.module().outputs(config);
        if (f.inputs() != inputs || f.outputs() != outputs) {
            throw new CriaException(source + ": the adapter does not fit the model: its matrices for "
                    + site.ggufName() + " have " + f.inputs() + " inputs and " + f.outputs()
                    + " outputs, but the model's have " + inputs + " and " + outputs);
        }
    }
}
