package dev.cria.model.loading;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.LlamaModel;
import dev.cria.model.ModelFile;
import dev.cria.model.transformer.ReferenceTransformer;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import dev.cria.quant.QuantType;
import dev.cria.quant.RowReader;
import dev.cria.quant.StoredTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models written in one layout are what they were in another. */
class LayoutPropertiesTest {
    @TempDir
    private Path folder = Path.of("");

    private static void inFolder(Consumer<Path> test) {
        try {
            Path folder = Files.createTempDirectory("cria");
            try {
                test.accept(folder);
            } finally {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] decoded(StoredTensor tensor) {
        int columns = Math.toIntExact(tensor.columns());
        float[] values = new float[Math.toIntExact(tensor.rows() * columns)];
        for (int row = 0; row < tensor.rows(); row++) {
            // in two pieces, so that a cut within a row is met
            int middle = columns / 2;
            tensor.decode(row, 0, middle, values, row * columns);
            tensor.decode(row, middle, columns - middle, values, row * columns + middle);
        }
        return values;
    }

    /** The rows as the reader gives them, a few at a time. */
    private static float[] read(StoredTensor tensor, int step) {
        int rows = Math.toIntExact(tensor.rows());
        int rowBytes = Math.toIntExact(tensor.rowBytes());
        byte[] bytes = new byte[rows * rowBytes];
        try (RowReader reader = tensor.reader()) {
            for (int row = 0; row < rows; row += step) {
                reader.read(row, Math.min(step, rows - row), bytes, row * rowBytes);
            }
        }
        float[] values = new float[Math.toIntExact(rows * tensor.columns())];
        tensor.type().decode(MemorySegment.ofArray(bytes), 0, values, 0, values.length);
        return values;
    }

    private static void assertSame(Path path, RandomLlama model, int step) {
        try (Checkpoint checkpoint = ModelPath.open(path)) {
            assertThat(new GgufModel(checkpoint).config().layers()).isEqualTo(model.layers());
            assertThat(checkpoint.tensors()).hasSameSizeAs(model.weights());
            model.weights().forEach((name, values) -> {
                StoredTensor tensor = requireNonNull(checkpoint.tensors().get(name + ".weight"), name);
                assertThat(decoded(tensor)).as(name).isEqualTo(values);
                assertThat(read(tensor, step)).as(name).isEqualTo(values);
            });
        }
    }

    @Property(tries = 12)
    void shardsOfModelParallelismJoinToTheWhole(@ForAll @IntRange(min = 0, max = 3) int power,
            @ForAll @IntRange(min = 1, max = 2) int group, @ForAll @IntRange(min = 1, max = 3) int layers,
            @ForAll @IntRange(min = 1, max = 40) int step, @ForAll long seed) {
        int shards = 1 << power;
        RandomLlama model = RandomLlama.of(8 * group, 8, 4, 24, layers, seed);
        inFolder(directory -> {
            try {
                assertSame(model.meta(directory.resolve("meta"), shards), model, step);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Property(tries = 12)
    void theOrderOfHuggingFacesRowsIsUndone(@ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 3) int group, @ForAll @IntRange(min = 1, max = 5) int halfHead,
            @ForAll @IntRange(min = 1, max = 40) int step, @ForAll long seed) {
        RandomLlama model = RandomLlama.of(kvHeads * group, kvHeads, 2 * halfHead, 10, 2, seed);
        inFolder(directory -> {
            try {
                assertSame(model.huggingFace(directory.resolve("hf")), model, step);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"F32, true, 1", "F16, true, 1", "BF16, true, 1", "F32, true, 3", "F16, true, 2", "BF16, true, 2",
        "F16, false, 1", "BF16, false, 1", "F16, false, 3"})
    void weightsOfHuggingFacesFilesKeepTheirTypeInAnyNumberOfShards(QuantType type, boolean safetensors, int shards)
            throws IOException {
        RandomLlama model = RandomLlama.of(4, 2, 4, 16, 2, 5);
        Path path = model.huggingFace(folder.resolve("hf"), type, safetensors, shards);
        try (Checkpoint checkpoint = ModelPath.open(path)) {
            assertThat(checkpoint.tensors()).hasSameSizeAs(model.weights());
            model.weights().forEach((name, values) -> {
                StoredTensor tensor = requireNonNull(checkpoint.tensors().get(name + ".weight"), name);
                // norms are floats in GGUF, whatever they were
                assertThat(tensor.type()).as(name).isEqualTo(name.endsWith("norm") ? QuantType.F32 : type);
                byte[] stored = new byte[values.length * type.blockBytes()];
                type.encode(values, 0, values.length, MemorySegment.ofArray(stored), 0);
                float[] expected = new float[values.length];
                type.decode(MemorySegment.ofArray(stored), 0, expected, 0, expected.length);
                assertThat(decoded(tensor)).as(name).isEqualTo(expected);
                assertThat(read(tensor, 3)).as(name).isEqualTo(expected);
            });
        }
    }

    @Test
    void everyLayoutGivesTheLogitsOfATransformerInDoublePrecision() throws IOException {
        RandomLlama model = RandomLlama.of(8, 4, 8, 48, 2, 6);
        int[] tokens = {1, 70, 261, 5, 9};
        double[] expected = Arrays.stream(ReferenceTransformer.of(model.gguf(folder.resolve("model.gguf")))
                .logits(tokens)).flatMapToDouble(Arrays::stream).toArray();
        for (Path path : List.of(model.huggingFace(folder.resolve("torch")),
                model.huggingFace(folder.resolve("safetensors"), QuantType.F32, true, 2),
                model.meta(folder.resolve("meta"), 1), model.meta(folder.resolve("shards"), 4))) {
            for (LlamaModel.WeightMemory memory : LlamaModel.WeightMemory.values()) {
                float[] actual = logits(path, memory);
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) actual[i]).as("%s of %s", memory, path).isCloseTo(expected[i], within(2e-4));
                }
            }
        }
    }

    @Property(tries = 50)
    void theOrderOfAHeadsRowsIsAPermutation(@ForAll @IntRange(min = 1, max = 64) int halfHead,
            @ForAll @IntRange(min = 1, max = 4) int heads) {
        long rows = 2L * halfHead * heads;

        assertThat(Stream.iterate(0L, row -> row < rows, row -> row + 1)
                .map(row -> HuggingFaceFolder.interleaved(2 * halfHead).applyAsLong(row)).sorted())
                .containsExactlyElementsOf(Stream.iterate(0L, row -> row < rows, row -> row + 1).toList());
    }

    private static float[] logits(LlamaModel model) {
        int[] tokens = {1, 70, 261, 5, 9};
        float[] all = new float[tokens.length * RandomLlama.VOCABULARY];
        model.logits(tokens, (position, row) -> System.arraycopy(row, 0, all, position * row.length, row.length));
        return all;
    }

    private float[] logits(Path path, LlamaModel.WeightMemory memory) {
        try (LlamaModel model = LlamaModel.builder(path).weightMemory(memory).load()) {
            return logits(model);
        }
    }

    @Test
    void eightShardsGiveTheLogitsOfOneByBothProductsAndQuantised() throws IOException {
        RandomLlama model = RandomLlama.of(16, 8, 4, 64, 2, 7);
        Path one = model.meta(folder.resolve("one"), 1);
        Path eight = model.meta(folder.resolve("eight"), 8);
        Path huggingFace = model.huggingFace(folder.resolve("hf"));
        float[] expected = logits(one, LlamaModel.WeightMemory.PACKED);

        for (LlamaModel.WeightMemory memory : LlamaModel.WeightMemory.values()) {
            assertThat(logits(eight, memory)).as("%s", memory).isEqualTo(expected);
            assertThat(logits(huggingFace, memory)).as("%s", memory).isEqualTo(expected);
        }
        try (LlamaModel a = LlamaModel.builder(eight).quantize(QuantType.Q8_0).load();
                LlamaModel b = LlamaModel.builder(huggingFace).quantize(QuantType.Q8_0).load()) {
            assertThat(logits(a)).isEqualTo(logits(b)).isNotEqualTo(expected);
        }
    }

    @Test
    void tokensBeyondTheTokenizersArePadding() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 1, 3).meta(folder.resolve("meta"), 2);
        try (ModelFile file = ModelFile.open(path)) {
            assertThat(file.tokenizer().vocabulary().pieces()).hasSize(RandomLlama.VOCABULARY);
            assertThat(file.tokenizer().vocabulary().pieces().getLast().text()).isEqualTo("[PAD271]");
            assertThat(file.tokenizer().encode("[PAD271]")).doesNotContain(271);
            assertThat(file.format()).isEqualTo("Meta PyTorch, 2 shards");
        }
    }

    private static Throwable failure(Path path) {
        return catchThrowable(() -> LlamaModel.load(path).close());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void aMissingShardIsNamed(int missing) throws IOException {
        Path path = RandomLlama.of(8, 8, 4, 16, 1, 3).meta(folder.resolve("meta"), 4);
        Files.delete(path.resolve("consolidated.0" + missing + ".pth"));

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class).hasMessageContaining(missing == 3
                ? "perhaps a shard is missing"
                : "the shard consolidated.0" + missing + ".pth is missing");
    }

    @Test
    void shardsThatDoNotFitTogetherAreNamed() throws IOException {
        Path path = RandomLlama.of(8, 8, 4, 16, 1, 3).meta(folder.resolve("meta"), 2);
        Path other = RandomLlama.of(8, 4, 4, 16, 1, 3).meta(folder.resolve("other"), 2);
        Files.copy(other.resolve("consolidated.01.pth"), path.resolve("consolidated.01.pth"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(path.resolve("consolidated.01.pth") + ": ")
                .hasMessageContaining("layers.0.attention.wk.weight").hasMessageContaining("[8, 32]")
                .hasMessageContaining("[16, 32]");
    }

    @Test
    void layersThatTheParametersLeaveOutAreNamed() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 2, 3).meta(folder.resolve("meta"), 2);
        Path params = path.resolve("params.json");
        Files.writeString(params, Files.readString(params).replaceFirst("\"n_layers\" *: *2", "\"n_layers\":1"));

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class).hasMessage(
                params + ": n_layers is 1, but there is a tensor layers.1.attention_norm.weight");
    }

    @Test
    void aFieldThatOccursTwiceIsNamedWithItsPlace() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 2, 3).huggingFace(folder.resolve("hf"));
        Path config = path.resolve("config.json");
        Files.writeString(config, """
                {"hidden_size": 16,
                 "hidden_size": 16}""");

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(config + ": not JSON in line 2, column ")
                .hasMessageEndingWith(": Duplicate field 'hidden_size'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{ | Unexpected end-of-input: expected close marker for Object",
        "'' | it is empty", "{\"a\":NaN} | Non-standard token 'NaN'"})
    void textThatIsNotJsonIsRefusedWithoutHintsForProgrammers(String text, String problem) throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 2, 3).huggingFace(folder.resolve("hf"));
        Files.writeString(path.resolve("config.json"), text);

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(path.resolve("config.json") + ": not JSON").hasMessageEndingWith(problem);
    }

    /** As a clone of a repository has it without Git LFS. */
    @ParameterizedTest
    @ValueSource(strings = {"hf/pytorch_model.bin", "model.gguf", "meta/consolidated.00.pth", "model.bin"})
    void aPointerToALargeFileIsCalledWhatItIs(String name) throws IOException {
        RandomLlama.of(4, 2, 4, 16, 2, 3).huggingFace(folder.resolve("hf"));
        RandomLlama.of(4, 2, 4, 16, 2, 3).meta(folder.resolve("meta"), 1);
        Path file = Files.writeString(folder.resolve(name), """
                version https://git-lfs.github.com/spec/v1
                oid sha256:0123456789abcdef
                size 3825807040
                """);

        assertThat(failure(file)).isInstanceOf(MalformedFileException.class).hasMessageContaining(file.toString())
                .hasMessageContaining("a pointer of Git LFS");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"model_type | \"bert\" | model_type is \"bert\"",
        "model_type | null | model_type is missing", "hidden_size | \"eight\" | hidden_size must be a whole number",
        "hidden_size | 0 | hidden_size must be a whole number from 1",
        "num_hidden_layers | null | num_hidden_layers is missing",
        "num_hidden_layers | 1 | num_hidden_layers is 1, but there is a tensor model.layers.1.input_layernorm.weight",
        "num_hidden_layers | 2147483647 | tensor model.layers.2.input_layernorm.weight is missing",
        "num_attention_heads | 3 | must divide hidden_size", "vocab_size | 99 | vocab_size in config.json is 99",
        "head_dim | 3 | head length must be even", "head_dim | 1099511627776 | head_dim must be a whole number from 1",
        "intermediate_size | 15 | blk.0.ffn_gate.weight must have the shape [16, 15]",
        "num_key_value_heads | 4 | blk.0.attn_k.weight must have the shape [16, 16]",
        "rms_norm_eps | \"x\" | rms_norm_eps must be a number", "rms_norm_eps | -1 | epsilon, must be between 0 and 1",
        "rope_theta | 0 | the RoPE base, must be above 0", "hidden_act | \"gelu\" | hidden_act is \"gelu\"",
        "attention_bias | true | biases are not supported",
        "rope_scaling | {\"type\":\"dynamic\",\"factor\":2} | rope_scaling is of type \"dynamic\"",
        "rope_scaling | {\"rope_type\":\"llama3\",\"factor\":8} | rope_scaling is of type \"llama3\"",
        "rope_scaling | {\"type\":\"linear\"} | needs a factor", "rope_scaling | 2 | rope_scaling must be an object"})
    void aWrongFieldOfAConfigIsNamed(String field, String value, String problem) throws IOException {
        RandomLlama model = RandomLlama.of(4, 2, 4, 16, 2, 3);
        Path path = model.huggingFace(folder.resolve("hf"));
        ObjectNode config = model.config();
        config.set(field, new com.fasterxml.jackson.databind.ObjectMapper().readTree(value));
        Files.writeString(path.resolve("config.json"), config.toString());

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(folder.toString()).hasMessageContaining(problem);
    }

    @Test
    void linearRopeScalingIsCarriedThrough() throws IOException {
        RandomLlama model = RandomLlama.of(4, 2, 4, 16, 2, 3);
        Path path = model.huggingFace(folder.resolve("hf"));
        ObjectNode config = model.config().put("rope_theta", 1e6);
        config.putObject("rope_scaling").put("type", "linear").put("factor", 4);
        Files.writeString(path.resolve("config.json"), config.toString());
        try (ModelFile file = ModelFile.open(path)) {
            assertThat(file.config().ropeScaling().factor()).isEqualTo(4);
            assertThat(file.config().ropeBase()).isEqualTo(1e6f);
        }
    }

    @Test
    void everyEndTokenOfTheGenerationConfigEndsAGeneration() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 2, 3).huggingFace(folder.resolve("hf"));
        int[] prompt = {1, 70};
        int first;
        try (LlamaModel model = LlamaModel.load(path)) {
            first = model.generate(prompt).temperature(0).maxTokens(1).result().tokens().getFirst();
        }
        Files.writeString(path.resolve("generation_config.json"), "{\"eos_token_id\": [2, " + first + "]}");
        try (LlamaModel model = LlamaModel.load(path)) {
            assertThat(model.generate(prompt).temperature(0).maxTokens(5).result().tokens()).isEmpty();
        }
    }

    @Test
    void addedTokensAreKnown() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 2, 3).huggingFace(folder.resolve("hf"));
        Files.writeString(path.resolve("added_tokens.json"), "{\"<pad>\": 269, \"<|im_end|>\": 270}");
        Files.writeString(path.resolve("tokenizer_config.json"), """
                {"eos_token": {"content": "<|im_end|>"}, "add_bos_token": false, "chat_template": "{{ messages }}",
                 "added_tokens_decoder": {"270": {"content": "<|im_end|>", "special": true}}}""");
        try (ModelFile file = ModelFile.open(path)) {
            assertThat(file.tokenizer().vocabulary().eos()).isEqualTo(270);
            assertThat(file.tokenizer().vocabulary().addBos()).isFalse();
            assertThat(file.tokenizer().encode("<pad>")).contains(269);
            assertThat(file.tokenizer().encode("<|im_end|>")).doesNotContain(270);
            assertThat(file.chatTemplateText()).contains("{{ messages }}");
        }
    }

    @Test
    void whatCannotBeQuantisedIsRefusedByName() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 1, 3).meta(folder.resolve("meta"), 1);

        assertThat(catchThrowable(() -> LlamaModel.builder(path).quantize(QuantType.Q4_0).load().close()))
                .isInstanceOf(CriaException.class).hasMessageStartingWith(path + ": cannot quantise to Q4_0")
                .hasMessageContaining("token_embd.weight").hasMessageContaining("16 weights");
        assertThat(catchThrowable(() -> LlamaModel.builder(path).quantize(QuantType.F16)
                .weightMemory(LlamaModel.WeightMemory.MAPPED).load().close()))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("MAPPED");
    }

    @Test
    void aQuantisedModelIsNotQuantisedAgain() {
        RandomLlama model = RandomLlama.of(8, 8, 8, 64, 1, 3);
        Path gguf = model.gguf(folder.resolve("a.gguf"));
        try (Checkpoint checkpoint = Checkpoint.of(GgufFile.open(gguf))) {
            Checkpoint quantised = checkpoint.quantized(QuantType.Q8_0);
            assertThat(quantised.quantized(QuantType.Q8_0)).isSameAs(quantised);
            assertThat(requireNonNull(quantised.tensors().get("blk.0.attn_norm.weight")).type())
                    .isEqualTo(QuantType.F32);
            assertThat(catchThrowable(() -> quantised.quantized(QuantType.Q4_0))).isInstanceOf(CriaException.class)
                    .hasMessageContaining("is quantised already, as Q8_0");
        }
    }

    @Test
    void aFolderWithoutAModelOrWithSeveralSaysSo() throws IOException {
        assertThat(failure(folder)).isInstanceOf(CriaException.class).hasMessageContaining("without a model");
        RandomLlama model = RandomLlama.of(4, 2, 4, 16, 1, 3);
        model.gguf(folder.resolve("a.gguf"));
        model.gguf(folder.resolve("b.gguf"));
        assertThat(failure(folder)).isInstanceOf(CriaException.class).hasMessageContaining("a.gguf, b.gguf");
    }

    @Test
    void aModelWithoutATokenizerSaysWhatIsMissing() throws IOException {
        Path path = RandomLlama.of(4, 2, 4, 16, 1, 3).meta(folder.resolve("meta"), 1);
        Files.delete(path.resolve("tokenizer.model"));

        assertThat(failure(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("there is no tokenizer");
    }

    @Test
    void changedBytesGiveAModelOrAClearRefusalAndNothingElse() throws IOException {
        RandomLlama model = RandomLlama.of(4, 2, 4, 16, 1, 3);
        Path huggingFace = model.huggingFace(folder.resolve("hf"));
        Path meta = model.meta(folder.resolve("meta"), 2);
        Random random = new Random(5);
        List<Path> targets = List.of(huggingFace.resolve("config.json"), huggingFace.resolve("pytorch_model.bin"),
                meta.resolve("params.json"), meta.resolve("consolidated.01.pth"));
        for (int i = 0; i < 300; i++) {
            Path target = targets.get(i % targets.size());
            byte[] good = Files.readAllBytes(target);
            byte[] changed = good.clone();
            changed[random.nextInt(Math.min(changed.length, 3000))] = (byte) random.nextInt();
            Files.write(target, changed);
            try {
                ModelFile.open(target).close();
            } catch (CriaException e) {
                assertThat(e).hasMessageContaining(folder.toString());
            } finally {
                Files.write(target, good);
            }
        }
    }
}
