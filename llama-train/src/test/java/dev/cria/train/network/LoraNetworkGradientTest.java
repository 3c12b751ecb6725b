package dev.cria.train.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.core.WorkerTeam;
import dev.cria.model.LlamaModel;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.LoraModule;
import dev.cria.model.weights.Weights;
import dev.cria.quant.QuantType;
import dev.cria.train.SmallModels;
import dev.cria.train.TrainingExample;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Gradients of an adapter against central differences of an independent forward pass with merged weights in double
 * precision.
 */
class LoraNetworkGradientTest {
    /** No size is a multiple of a panel's 32 rows, and a document is longer than one. */
    private static final ModelConfig ODD = new ModelConfig("odd", 20, 2, 4, 2, 6, 44, 37, 64, 1e-5f, 100f, 1f);
    /** Sizes that quantised formats can store. */
    private static final ModelConfig EVEN = new ModelConfig("even", 64, 2, 4, 2, 16, 96, 37, 64, 1e-5f, 100f, 1f);
    private static final double STEP = 1e-5;

    @TempDir
    private Path directory;

    private static TrainingExample example(Random random, int length) {
        int[] tokens = random.ints(length, 0, ODD.vocabularySize()).toArray();
        boolean[] learnt = new boolean[length];
        for (int i = 0; i < length; i++) {
            learnt[i] = i % 3 != 1;
        }
        return new TrainingExample(tokens, learnt);
    }

    private static List<TrainingExample> examples() {
        Random random = new Random(11);
        return List.of(example(random, 12), example(random, 41), example(random, 2));
    }

    private static TokenBatch batch() {
        TokenBatch batch = new TokenBatch(64);
        examples().forEach(example -> assertThat(batch.add(example, 64)).isTrue());
        return batch;
    }

    /** Large enough that every matrix matters. */
    private static Parameters base(ModelConfig config) {
        Random random = new Random(7);
        Parameters parameters = Parameters.random(config, false, 3);
        for (Parameter parameter : parameters.all()) {
            for (int i = 0; i < parameter.values().length; i++) {
                parameter.values()[i] += (float) (0.2 * random.nextGaussian());
            }
        }
        return parameters;
    }

    private static AdapterParameters adapter(ModelConfig config, Set<LoraModule> modules) {
        AdapterParameters adapter = AdapterParameters.random(config, modules, 3, 2, 5);
        Random random = new Random(13);
        for (Parameter parameter : adapter.all()) {
            for (int i = 0; i < parameter.values().length; i++) {
                parameter.values()[i] += (float) (0.2 * random.nextGaussian());
            }
        }
        return adapter;
    }

    @ParameterizedTest
    @EnumSource(LoraModule.class)
    void gradientsOfEveryKindOfMatrixAreThoseOfFiniteDifferences(LoraModule module) {
        check(ODD, QuantType.F32, Set.of(module));
    }

    @Test
    void gradientsOfAllMatricesTogetherAreThoseOfFiniteDifferencesOnAQuantisedModel() {
        check(EVEN, QuantType.Q8_0, EnumSet.allOf(LoraModule.class));
        check(EVEN, QuantType.Q4_0, EnumSet.of(LoraModule.ATTN_K, LoraModule.FFN_DOWN));
    }

    @Test
    void gradientsAreEqualWithAnyNumberOfThreadsAndPlainKernelsAndMappedWeights() {
        Path file = SmallModels.write(directory.resolve("base.gguf"), EVEN, base(EVEN), QuantType.Q4_0);
        AdapterParameters expected = adapter(EVEN, EnumSet.allOf(LoraModule.class));
        learn(file, LlamaModel.WeightMemory.PACKED, expected, 1, Kernels.best(), GradientKernels.best());
        AdapterParameters threaded = adapter(EVEN, EnumSet.allOf(LoraModule.class));
        learn(file, LlamaModel.WeightMemory.MAPPED, threaded, 3, Kernels.best(), GradientKernels.best());
        AdapterParameters plain = adapter(EVEN, EnumSet.allOf(LoraModule.class));
        learn(file, LlamaModel.WeightMemory.PACKED, plain, 2, Kernels.plain(), GradientKernels.plain());
        for (int i = 0; i < expected.all().size(); i++) {
            assertThat(threaded.all().get(i).gradient()).isEqualTo(expected.all().get(i).gradient());
            assertThat(plain.all().get(i).gradient()).isEqualTo(expected.all().get(i).gradient());
        }
    }

    private static void learn(Path file, LlamaModel.WeightMemory memory, AdapterParameters adapter, int threads,
            Kernels kernels, GradientKernels gradients) {
        try (LlamaModel model = LlamaModel.builder(file).weightMemory(memory).kernels(kernels).load();
                WorkerTeam team = new WorkerTeam(threads)) {
            new LoraNetwork(EVEN, model.weights(), adapter, 64, 64, team, kernels, gradients).learn(batch(), 0.1f);
        }
    }

    private void check(ModelConfig config, QuantType type, Set<LoraModule> modules) {
        Path file = SmallModels.write(directory.resolve("base.gguf"), config, base(config), type);
        AdapterParameters adapter = adapter(config, modules);
        TokenBatch batch = batch();
        Random random = new Random(17);
        try (LlamaModel model = LlamaModel.load(file); WorkerTeam team = new WorkerTeam(2)) {
            Parameters frozen = decoded(config, model.weights());
            double expected = loss(config, frozen, adapter, -1, 0, 0);
            float scale = 1f / batch.learnt();
            LoraNetwork network = new LoraNetwork(config, model.weights(), adapter, 64, 64, team, Kernels.best(),
                    GradientKernels.best());
            assertThat(network.loss(batch)).isCloseTo(expected, within(1e-5 * expected));
            assertThat(network.learn(batch, scale)).isCloseTo(expected, within(1e-5 * expected));
            for (int p = 0; p < adapter.all().size(); p++) {
                Parameter parameter = adapter.all().get(p);
                double largest = 0;
                for (float value : parameter.gradient()) {
                    largest = Math.max(largest, Math.abs(value));
                }
                assertThat(largest).as(parameter.name()).isPositive();
                for (int n = 0; n < 4; n++) {
                    int i = random.nextInt(parameter.values().length);
                    double exact = (loss(config, frozen, adapter, p, i, STEP)
                            - loss(config, frozen, adapter, p, i, -STEP)) / (2 * STEP) * scale;
                    assertThat((double) parameter.gradient()[i]).as(parameter.name() + "[" + i + "]").isCloseTo(exact,
                            within(1e-4 * largest + 1e-7));
                }
            }
        }
    }

    /** The loss with one number of the adapter changed by a step. */
    private static double loss(ModelConfig config, Parameters frozen, AdapterParameters adapter, int parameter,
            int index,
            double step) {
        ReferenceModel reference = new ReferenceModel(config, frozen);
        List<Parameter> all = adapter.all();
        for (LoraModule module : LoraModule.values()) {
            for (int layer = 0; layer < (module.isInLayers() ? config.layers() : 1); layer++) {
                AdapterParameters.Pair pair = adapter.pair(module, layer).orElse(null);
                if (pair != null) {
                    double[] a = doubles(pair.a(), all, parameter, index, step);
                    double[] b = doubles(pair.b(), all, parameter, index, step);
                    merge(config, reference, frozen, module, layer, pair, a, b);
                }
            }
        }
        return examples().stream().mapToDouble(example -> reference.loss(example.tokens(), example.learnt())).sum();
    }

    private static double[] doubles(Parameter from, List<Parameter> all, int parameter, int index, double step) {
        double[] values = new double[from.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = from.values()[i];
        }
        if (parameter >= 0 && all.get(parameter) == from) {
            values[index] += step;
        }
        return values;
    }

    private static void merge(ModelConfig config, ReferenceModel reference, Parameters frozen, LoraModule module,
            int layer, AdapterParameters.Pair pair, double[] a, double[] b) {
        Parameters.Layer own = frozen.layers().get(layer);
        Parameter target = switch (module) {
            case ATTN_Q, ATTN_K, ATTN_V -> own.wqkv();
            case ATTN_OUTPUT -> own.wo();
            case FFN_GATE, FFN_UP -> own.gateUp();
            case FFN_DOWN -> own.down();
            case OUTPUT -> frozen.output();
            case TOKEN_EMBD -> frozen.embedding();
        };
        int firstRow = switch (module) {
            case ATTN_K -> config.queryLength();
            case ATTN_V -> config.queryLength() + config.kvLength();
            case FFN_UP -> config.feedForwardLength();
            default -> 0;
        };
        double[] values = reference.values(target);
        int inputs = pair.a().columns();
        for (int o = 0; o < pair.b().rows(); o++) {
            for (int i = 0; i < inputs; i++) {
                double change = 0;
                for (int r = 0; r < pair.rank(); r++) {
                    change += b[o * pair.rank() + r] * a[r * inputs + i];
                }
                // embeddings are stored the other way round: a token's row is a column of the change
                int at = module == LoraModule.TOKEN_EMBD ? i * pair.b().rows() + o : (firstRow + o) * inputs + i;
                values[at] += pair.scale() * change;
            }
        }
    }

    private static Parameters decoded(ModelConfig config, Weights weights) {
        Parameters parameters = Parameters.random(config, false, 1);
        rows(weights.embedding(), parameters.embedding(), 0);
        rows(weights.output(), parameters.output(), 0);
        System.arraycopy(weights.outputNorm(), 0, parameters.outputNorm().values(), 0, config.embeddingLength());
        for (int i = 0; i < config.layers(); i++) {
            Weights.Layer from = weights.layers().get(i);
            Parameters.Layer to = parameters.layers().get(i);
            System.arraycopy(from.attentionNorm(), 0, to.attentionNorm().values(), 0, config.embeddingLength());
            System.arraycopy(from.ffnNorm(), 0, to.ffnNorm().values(), 0, config.embeddingLength());
            rows(from.wq(), to.wqkv(), 0);
            rows(from.wk(), to.wqkv(), config.queryLength());
            rows(from.wv(), to.wqkv(), config.queryLength() + config.kvLength());
            rows(from.wo(), to.wo(), 0);
            rows(from.ffnGate(), to.gateUp(), 0);
            rows(from.ffnUp(), to.gateUp(), config.feedForwardLength());
            rows(from.ffnDown(), to.down(), 0);
        }
        return parameters;
    }

    private static void rows(Matrix from, Parameter to, int firstRow) {
        for (int r = 0; r < from.rows(); r++) {
            from.row(r, to.values(), (firstRow + r) * to.columns());
        }
    }
}
