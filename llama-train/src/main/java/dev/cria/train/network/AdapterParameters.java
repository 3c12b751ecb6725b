package dev.cria.train.network;

import dev.cria.core.CriaException;
import dev.cria.model.LoraAdapter;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.LoraModule;
import dev.cria.model.lora.LoraSite;
import dev.cria.model.weights.LoraFactors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/** The matrices of a LoRA adapter, all that has gradients when an adapter is trained. */
public final class AdapterParameters {
    private final SequencedMap<LoraSite, Pair> pairs;

    /**
     * The change of one matrix, {@code scale * B A}.
     *
     * @param a the matrix A, {@code [rank][inputs]}
     * @param b the matrix B, {@code [outputs][rank]}
     * @param scale factor of the change
     */
    record Pair(Parameter a, Parameter b, double scale) {
        int rank() {
            return a.rows();
        }
    }

    private AdapterParameters(SequencedMap<LoraSite, Pair> pairs) {
        this.pairs = pairs;
    }

    /**
     * {@return a new adapter that changes nothing yet: A is uniformly distributed up to one over the root of its inputs
     * and B is zero, as PEFT has it; for token embeddings, of which A is looked up, the other way round}
     *
     * @param config sizes of the model
     * @param modules the matrices to change
     * @param rank rank of the changes
     * @param alpha the scale times the rank
     * @param seed decides every number
     */
    public static AdapterParameters random(ModelConfig config, Set<LoraModule> modules, int rank, double alpha,
            long seed) {
        Random random = new Random(seed);
        SequencedMap<LoraSite, Pair> pairs = new LinkedHashMap<>();
        for (LoraModule module : LoraModule.values()) {
            for (int layer = 0; modules.contains(module)
                    && layer < (module.isInLayers() ? config.layers() : 1); layer++) {
                LoraSite site = new LoraSite(module, layer);
                Pair pair = pair(site, rank, module.inputs(config), module.outputs(config), alpha / rank);
                Parameter filled = module == LoraModule.TOKEN_EMBD ? pair.b : pair.a;
                double bound = 1 / Math.sqrt(filled.columns());
                for (int i = 0; i < filled.values().length; i++) {
                    filled.values()[i] = (float) ((2 * random.nextDouble() - 1) * bound);
                }
                pairs.put(site, pair);
            }
        }
        return new AdapterParameters(pairs);
    }

    /**
     * {@return a copy of an adapter}
     *
     * @param adapter the adapter
     * @param config sizes of the model
     * @throws CriaException if the adapter does not fit the model; the message names the tensor
     */
    public static AdapterParameters of(LoraAdapter adapter, ModelConfig config) {
        SequencedMap<LoraSite, Pair> pairs = new LinkedHashMap<>();
        adapter.factors(config).forEach((name, factors) -> {
            LoraSite site = LoraSite.ofGguf(name).orElseThrow();
            Pair pair = pair(site, factors.rank(), factors.inputs(), factors.outputs(), factors.scale());
            System.arraycopy(factors.a(), 0, pair.a.values(), 0, pair.a.values().length);
            System.arraycopy(factors.b(), 0, pair.b.values(), 0, pair.b.values().length);
            pairs.put(site, pair);
        });
        return new AdapterParameters(pairs);
    }

    private static Pair pair(LoraSite site, int rank, int inputs, int outputs, double scale) {
        return new Pair(Parameter.matrix(site.ggufName() + ".a", rank, inputs),
                Parameter.matrix(site.ggufName() + ".b", outputs, rank), scale);
    }

    /** {@return every parameter, in a fixed order} */
    public List<Parameter> all() {
        return pairs.values().stream().flatMap(pair -> Stream.of(pair.a, pair.b)).toList();
    }

    Optional<Pair> pair(LoraModule module, int layer) {
        return Optional.ofNullable(pairs.get(new LoraSite(module, layer)));
    }

    /** {@return the number of parameters} */
    public long count() {
        return all().stream().mapToLong(parameter -> parameter.values().length).sum();
    }

    /** {@return the matrices that are changed, with rank and scale, for people and for telling runs apart} */
    public String description() {
        StringBuilder text = new StringBuilder();
        pairs.forEach((site, pair) -> text.append(site.ggufName()).append(' ').append(pair.rank()).append(' ')
                .append(pair.scale).append("; "));
        return text.toString();
    }

    /**
     * {@return a copy of the parameters as an adapter}
     *
     * @param name name of the adapter
     */
    public LoraAdapter adapter(String name) {
        Map<String, LoraFactors> factors = new LinkedHashMap<>();
        pairs.forEach((site, pair) -> factors.put(site.ggufName(), new LoraFactors(pair.rank(), pair.a.columns(),
                pair.b.rows(), pair.scale, pair.a.values(), pair.b.values())));
        return LoraAdapter.of(name, factors);
    }

    /** {@return the largest rank of the changes of a kind of matrix, 0 if there is none} */
    int largestRank(LoraModule module) {
        return pairs.entrySet().stream().filter(entry -> entry.getKey().module() == module)
                .mapToInt(entry -> entry.getValue().rank()).max().orElse(0);
    }

    /** {@return the first layer whose matrices are changed; the number of layers if none is} */
    int firstLayer(ModelConfig config) {
        return pairs.keySet().stream().filter(site -> site.module().isInLayers()).mapToInt(LoraSite::layer).min()
                .orElse(config.layers());
    }
}
