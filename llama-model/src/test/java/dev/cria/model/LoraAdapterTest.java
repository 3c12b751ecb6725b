package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.golden.Golden;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.transformer.LogitsSummary;
import dev.cria.model.transformer.ReferenceTransformer;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.GgufFile;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import dev.cria.quant.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What adapters do to a model, whatever they hold. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoraAdapterTest {
    private static final int[] TOKENS = new Random(2).ints(38, 3, 260).toArray();

    private final List<LlamaModel> opened = new ArrayList<>();
    private Path base = Path.of("");
    private ModelConfig config = new ModelConfig("none", 2, 1, 1, 1, 2, 1, 1, 1, 1e-5f, 10_000, 1);

    @BeforeAll
    void writeModel(@TempDir Path folder) {
        base = new SmallModelFile().write(folder.resolve("base.gguf"));
        try (ModelFile file = ModelFile.open(base)) {
            config = file.config();
        }
    }

    @AfterAll
    void close() {
        opened.forEach(LlamaModel::close);
    }

    private LlamaModel model(LoraAdapter... adapters) {
        LlamaModel.Builder builder = LlamaModel.builder(base).threads(2);
        for (LoraAdapter adapter : adapters) {
            builder.lora(adapter, 1);
        }
        LlamaModel model = builder.load();
        opened.add(model);
        return model;
    }

    private LoraAdapter random(long seed, int largestRank, double share) {
        return RandomAdapter.of(config, seed, largestRank, share);
    }

    private static LoraFactors withScaleTwo(LoraFactors f) {
        return new LoraFactors(f.rank(), f.inputs(), f.outputs(), 2, f.a(), f.b());
    }

    private static float[] logits(LlamaModel model) {
        float[] all = new float[TOKENS.length * model.config().vocabularySize()];
        model.logits(TOKENS, (position, row) -> System.arraycopy(row, 0, all, position * row.length, row.length));
        return all;
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) actual[i] - expected[i]));
        }
        assertThat(worst).isCloseTo(0, within(tolerance));
    }

    /** Writes a copy of the model, in floats, with the changes of adapters added to its weights. */
    private void merge(Path target, Map<LoraAdapter, Double> adapters) {
        try (GgufFile file = GgufFile.open(base); GgufWriter writer = GgufWriter.create(target)) {
            writer.copy(file.metadata());
            file.tensors().values().forEach(tensor -> writer.tensor(tensor.name(), QuantType.F32,
                    tensor.shape().stream().mapToLong(Long::longValue).toArray()));
            for (WeightTensor tensor : file.tensors().values()) {
                float[] weights = new float[(int) (tensor.rows() * tensor.columns())];
                tensor.type().decode(tensor.data(), 0, weights, 0, weights.length);
                adapters.forEach((adapter, scale) -> {
                    LoraFactors f = adapter.factors(config).get(tensor.name());
                    if (f != null) {
                        // embeddings are stored token by token: their inputs are rows
                        addProduct(weights, f, scale * f.scale(), tensor.name().startsWith("token_embd"));
                    }
                });
                writer.encode(tensor.name(), weights);
            }
            writer.finish();
        }
    }

    private static void addProduct(float[] weights, LoraFactors f, double scale, boolean transposed) {
        float[] a = f.a();
        float[] b = f.b();
        for (int o = 0; o < f.outputs(); o++) {
            for (int i = 0; i < f.inputs(); i++) {
                double sum = 0;
                for (int r = 0; r < f.rank(); r++) {
                    sum += (double) b[o * f.rank() + r] * a[r * f.inputs() + i];
                }
                int at = transposed ? i * f.outputs() + o : o * f.inputs() + i;
                weights[at] = (float) (weights[at] + scale * sum);
            }
        }
    }

    @Test
    void anAdapterDoesWhatMergedWeightsDo(@TempDir Path folder) {
        for (int seed = 0; seed < 4; seed++) {
            // ranks beyond a panel of 32 and all tensors, then some tensors
            LoraAdapter adapter = random(seed, seed == 0 ? 70 : 9, seed == 0 ? 1 : 0.5);
            double scale = new double[]{1, -0.5, 0.3, 2}[seed];
            Path merged = folder.resolve("merged" + seed + ".gguf");
            merge(merged, Map.of(adapter, scale));
            try (LlamaModel expected = LlamaModel.load(merged);
                    LlamaModel actual = LlamaModel.builder(base).lora(adapter, scale).load()) {
                float[] changed = logits(actual);
                assertClose(changed, logits(expected), 1e-3);
                assertThat(changed).isNotEqualTo(logits(model()));
            }
        }
    }

    @Test
    void logitsAreThoseOfATransformerInDoublePrecisionAndOfTheGoldenData() {
        StringBuilder lines = new StringBuilder();
        for (int seed = 0; seed < 3; seed++) {
            LoraAdapter adapter = random(seed, 9, 0.7);
            ReferenceTransformer reference = ReferenceTransformer.of(base);
            adapter.factors(config).forEach((name, f) -> {
                double[] weights = Objects.requireNonNull(reference.weights().get(name));
                for (int o = 0; o < f.outputs(); o++) {
                    for (int i = 0; i < f.inputs(); i++) {
                        // embeddings are stored token by token: their inputs are rows
                        int at = name.startsWith("token_embd") ? i * f.outputs() + o : o * f.inputs() + i;
                        for (int r = 0; r < f.rank(); r++) {
                            weights[at] += f.scale() * f.b()[o * f.rank() + r] * f.a()[r * f.inputs() + i];
                        }
                    }
                }
            });
            double[] expected = Arrays.stream(reference.logits(TOKENS)).flatMapToDouble(Arrays::stream).toArray();
            float[] actual = logits(model(adapter));
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) actual[i]).isCloseTo(expected[i], within(5e-4));
            }
            lines.append("adapter ").append(seed).append(": ").append(LogitsSummary.of(actual)).append('\n');
        }
        Golden.check("lora.txt", lines.toString());
    }

    @Test
    void twoAdaptersAddUp(@TempDir Path folder) {
        LoraAdapter first = random(10, 8, 0.7);
        LoraAdapter second = random(11, 40, 0.7);
        Path merged = folder.resolve("merged.gguf");
        Map<LoraAdapter, Double> scales = new LinkedHashMap<>();
        scales.put(first, 0.5);
        scales.put(second, -1.0);
        merge(merged, scales);
        try (LlamaModel expected = LlamaModel.load(merged);
                LlamaModel actual = LlamaModel.builder(base).lora(first, 0.5).lora(second, -1).load()) {
            assertClose(logits(actual), logits(expected), 1e-3);
        }
    }

    @Test
    void theBitsDoNotDependOnThreadsChunksKernelsOrWhereTheWeightsAre() {
        LoraAdapter adapter = random(20, 50, 1);
        float[] expected = logits(model(adapter));
        int threads = 1;
        for (int chunk : new int[]{1, 3, 7, 33, 512}) {
            for (Kernels kernels : List.of(Kernels.best(), Kernels.plain())) {
                try (LlamaModel model = LlamaModel.builder(base).lora(adapter, 1).threads(threads++ % 4 + 1)
                        .promptChunk(chunk).kernels(kernels)
                        .weightMemory(chunk == 7 ? LlamaModel.WeightMemory.MAPPED : LlamaModel.WeightMemory.PACKED)
                        .load()) {
                    assertThat(logits(model)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void aScaleOfZeroAndAnAdapterTakenAwayLeaveTheModelAsItIs() {
        LoraAdapter adapter = random(21, 8, 1);
        try (LlamaModel zero = LlamaModel.builder(base).lora(adapter, 0).load()) {
            assertThat(logits(zero)).isEqualTo(logits(model()));
        }
        LlamaModel plain = model();
        LlamaModel changed = model(adapter);
        String before = plain.generate("Lily").seed(1).maxTokens(40).text();
        assertThat(changed.generate("Lily").seed(1).maxTokens(40).text()).isNotEqualTo(before);
        assertThat(changed.generate("Lily").seed(1).maxTokens(40).withoutLora().text()).isEqualTo(before);
        assertThat(changed.generate("Lily").seed(1).maxTokens(40).lora(adapter, 0).text()).isEqualTo(before);
        assertThat(plain.generate("Lily").seed(1).maxTokens(40).lora(adapter, 1).text())
                .isEqualTo(changed.generate("Lily").seed(1).maxTokens(40).text());
    }

    @Test
    void generationsAtOnceWithDifferentAdaptersGetWhatEachGetsAlone() {
        LlamaModel model = model();
        List<Generation> generations = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Generation generation = model.generate("Tom and the dog").seed(5).maxTokens(60);
            if (i > 0) {
                generation.lora(random(30 + i, 8, 1), i == 3 ? 0.5 : 1);
            }
            generations.add(generation);
            alone.add(generation.text());
        }
        assertThat(alone).doesNotHaveDuplicates();
        List<CompletableFuture<GenerationResult>> together = generations.stream().map(Generation::async).toList();
        for (int i = 0; i < alone.size(); i++) {
            assertThat(together.get(i).join().text()).isEqualTo(alone.get(i));
        }
    }

    @Test
    void aChatThatChangesItsAdapterReusesNothingThatAnotherComputed() {
        LlamaModel model = model();
        LoraAdapter adapter = random(40, 8, 1);
        Chat chat = model.chat().temperature(0).maxTokens(10);
        GenerationResult first = chat.user("Hi").result();
        Chat fresh = chat.fork();
        GenerationResult switched = chat.lora(adapter, 1).user("Tell me a story").result();
        assertThat(switched.timings().reusedTokens()).isZero();
        assertThat(switched.tokens())
                .isEqualTo(fresh.lora(adapter, 1).user("Tell me a story").result().tokens());
        assertThat(chat.user("And then?").result().timings().reusedTokens()).isPositive();
        assertThat(chat.lora(adapter, 0.5).user("And then?").result().timings().reusedTokens()).isZero();
        assertThat(chat.fork().user("More").result().tokens()).isEqualTo(chat.user("More").result().tokens());
        assertThat(chat.withoutLora().user("The end?").result().timings().reusedTokens())
                .as("what was read without the adapter").isPositive()
                .isLessThanOrEqualTo(first.promptTokens().size() + first.tokens().size());
    }

    @Test
    void anAdapterForAnotherModelIsRefusedWithTheTensorThatDoesNotFit() {
        LoraFactors wrong = RandomAdapter.factors(new Random(1), 2, config.embeddingLength() + 1, config.queryLength());
        LoraAdapter shape = LoraAdapter.of("wide", Map.of("blk.1.attn_q.weight", wrong));
        LlamaModel model = model();
        assertThatThrownBy(() -> model.generate("x").lora(shape, 1)).isInstanceOf(CriaException.class)
                .hasMessageContaining("wide").hasMessageContaining("blk.1.attn_q.weight").hasMessageContaining(
                        SmallModelFile.DIM + 1 + " inputs");
        LoraAdapter layer = LoraAdapter.of("deep", Map.of("blk.2.attn_q.weight",
                RandomAdapter.factors(new Random(1), 2, config.embeddingLength(), config.queryLength())));
        assertThatThrownBy(() -> LlamaModel.builder(base).lora(layer, 1).load())
                .isInstanceOf(CriaException.class).hasMessageContaining("blk.2.attn_q.weight")
                .hasMessageContaining("only 2 layers");
        assertThatThrownBy(() -> LoraAdapter.of("norm", Map.of("blk.0.attn_norm.weight", wrong)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("blk.0.attn_norm.weight");
        assertThatThrownBy(() -> model.generate("x").lora(layer, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NaN");
    }

    @Test
    void bothFileFormatsKeepWhatIsWritten(@TempDir Path folder) {
        for (int seed = 50; seed < 54; seed++) {
            LoraAdapter adapter = random(seed, 12, seed == 50 ? 1 : 0.4);
            Path gguf = folder.resolve(seed + ".gguf");
            Path peft = folder.resolve("peft" + seed);
            adapter.writeGguf(gguf, config);
            adapter.writePeft(peft, config);
            LoraAdapter fromPeft = LoraAdapter.load(peft);
            Map<String, LoraFactors> expected = adapter.factors(config);
            Map<String, LoraFactors> actual = fromPeft.factors(config);
            assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
            expected.forEach((name, f) -> {
                LoraFactors read = Objects.requireNonNull(actual.get(name));
                assertThat(read.a()).isEqualTo(f.a());
                assertThat(read.b()).isEqualTo(f.b());
                assertThat(read.scale()).isCloseTo(f.scale(), within(1e-12));
            });
            float[] logits = logits(model(adapter));
            assertClose(logits(model(LoraAdapter.load(gguf))), logits, 1e-3);
            // and from one format to the other
            fromPeft.writeGguf(gguf, config);
            assertClose(logits(model(LoraAdapter.load(gguf))), logits, 1e-3);
        }
    }

    @Test
    void aFileWithOneScaleKeepsEveryBit(@TempDir Path folder) {
        LoraFactors queries = RandomAdapter.factors(new Random(70), 4, config.embeddingLength(), config.queryLength());
        LoraFactors down = RandomAdapter.factors(new Random(71), 4, config.feedForwardLength(),
                config.embeddingLength());
        LoraAdapter adapter = LoraAdapter.of("one scale", Map.of("blk.0.attn_q.weight", withScaleTwo(queries),
                "blk.1.ffn_down.weight", withScaleTwo(down)));
        float[] expected = logits(model(adapter));
        adapter.writeGguf(folder.resolve("a.gguf"), config);
        adapter.writePeft(folder.resolve("peft"), config);
        assertThat(logits(model(LoraAdapter.load(folder.resolve("a.gguf"))))).isEqualTo(expected);
        assertThat(logits(model(LoraAdapter.load(folder.resolve("peft"))))).isEqualTo(expected);
    }

    @Test
    void aFolderThatCannotBeWrittenKeepsItsAdapter(@TempDir Path folder) throws IOException {
        Path peft = folder.resolve("peft");
        random(60, 12, 1).writePeft(peft, config);
        Map<String, LoraFactors> before = LoraAdapter.load(peft).factors(config);
        Path part = peft.resolve(".adapter_config.json.part");
        if (Files.isWritable(Path.of("/dev/full"))) {
            // takes every write for lack of space
            Files.createSymbolicLink(part, Path.of("/dev/full"));
        } else {
            Files.createDirectory(part);
        }
        assertThatThrownBy(() -> random(61, 12, 1).writePeft(peft, config)).isInstanceOf(CriaException.class)
                .hasMessageContaining("cannot write " + peft);
        Map<String, LoraFactors> after = LoraAdapter.load(peft).factors(config);
        before.forEach((name, f) -> {
            LoraFactors read = Objects.requireNonNull(after.get(name));
            assertThat(read.a()).isEqualTo(f.a());
            assertThat(read.b()).isEqualTo(f.b());
        });
    }
}
