package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LlamaModel;
import dev.cria.quant.QuantType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same model in every layout gives the same logits, those computed elsewhere in double precision. */
@NeedsFixtures
class GoldenCheckpointsTest {
    private static final float TOLERANCE = 2e-4f;

    private static float[] logits(LlamaModel model, int[] tokens) {
        int vocabulary = model.config().vocabularySize();
        float[] all = new float[tokens.length * vocabulary];
        model.logits(tokens, (position, row) -> System.arraycopy(row, 0, all, position * vocabulary, vocabulary));
        return all;
    }

    private static int[] sequence(Fixtures fixtures, int index) {
        return Fixtures.ints(fixtures.json("checkpoints/expected.json").get("sequences").get(index));
    }

    /** Every layout that the golden data name, with the type of its weights. */
    static Stream<String[]> layouts(Fixtures fixtures) {
        JsonNode groups = fixtures.json("checkpoints/expected.json").get("groups");
        return groups.properties().stream().flatMap(group -> group.getValue().get("same_logits").valueStream()
                // a remark in brackets follows one of the names
                .map(path -> new String[]{path.asText().replaceAll(" \\(.*", ""), group.getKey()}));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void everyLayoutGivesTheExpectedLogitsByBothProducts(String path, String type, Fixtures fixtures) {
        for (LlamaModel.WeightMemory memory : new LlamaModel.WeightMemory[]{LlamaModel.WeightMemory.PACKED,
            LlamaModel.WeightMemory.MAPPED}) {
            try (LlamaModel model = LlamaModel.builder(fixtures.path("checkpoints/" + path)).weightMemory(memory)
                    .load()) {
                for (int i = 0; i < 2; i++) {
                    int[] tokens = sequence(fixtures, i);
                    float[] expected = fixtures.floats("checkpoints/expected-" + type + ".seq" + i + ".f32.bin");
                    assertThat(logits(model, tokens)).as("%s %s", memory, path).containsExactly(expected,
                            within(TOLERANCE));
                    // one row at a time
                    int[] first = Arrays.copyOf(tokens, 1);
                    assertThat(logits(model, first)).as("%s %s", memory, path).containsExactly(
                            Arrays.copyOf(expected, model.config().vocabularySize()), within(TOLERANCE));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"f32, hf-f32, meta-f32-mp2", "f32, hf-f32-sharded, meta-f32", "f16, hf-f16, hf-f16-pytorch-sharded",
        "bf16, hf-bf16-sharded, meta-bf16-mp2", "bf16, hf-bf16, meta-bf16"})
    void layoutsOfOneTypeAgreeToTheLastBit(String type, String one, String other, Fixtures fixtures) {
        try (LlamaModel a = LlamaModel.load(fixtures.path("checkpoints/" + one));
                LlamaModel b = LlamaModel.load(fixtures.path("checkpoints/" + other))) {
            assertThat(logits(a, sequence(fixtures, 1))).as(type).isEqualTo(logits(b, sequence(fixtures, 1)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf-f32/config.json", "hf-f32/model.safetensors",
        "hf-f32-sharded/model-00002-of-00002.safetensors", "hf-f16-pytorch/pytorch_model.bin",
        "hf-f16-pytorch-sharded/pytorch_model-00002-of-00002.bin", "meta-bf16-mp2/consolidated.01.pth",
        "meta-f32/params.json", "meta-f32/tokenizer.model", "gguf-split"})
    void aFileInsideAFolderOpensTheFolder(String path, Fixtures fixtures) {
        try (LlamaModel model = LlamaModel.load(fixtures.path("checkpoints/" + path))) {
            assertThat(model.generate("Once upon a time").temperature(0).maxTokens(10).text()).startsWith(
                    ", there was a little");
        }
    }

    @Test
    void theTokenizerIsThatOfTheFolder(Fixtures fixtures) {
        try (LlamaModel folder = LlamaModel.load(fixtures.path("checkpoints/hf-f32"));
                LlamaModel gguf = LlamaModel.load(fixtures.path("models/stories260K.gguf"))) {
            assertThat(folder.tokenizer().vocabulary().pieces()).isEqualTo(gguf.tokenizer().vocabulary().pieces());
            // this SentencePiece model collapses spaces, which a GGUF file does not say
            assertThat(folder.tokenizer().encode("a  b")).isEqualTo(folder.tokenizer().encode("a b"))
                    .isNotEqualTo(gguf.tokenizer().encode("a  b"));
            assertThat(folder.config()).usingRecursiveComparison().ignoringFields("name").isEqualTo(gguf.config());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
        "IQ4_XS", "F16", "BF16"})
    void quantisingOnTheWayInGivesTheModelThatAQuantisedFileGives(String type, Fixtures fixtures) {
        int[] tokens = Fixtures.ints(fixtures.json("logits/index.json").get("sequences").get("len48"));
        Path original = fixtures.path("logits/random-F32.gguf");
        Path quantised = fixtures.path("logits/random-" + type + ".gguf");
        try (LlamaModel here = LlamaModel.builder(original).quantize(QuantType.valueOf(type)).load();
                LlamaModel there = LlamaModel.load(quantised);
                LlamaModel again = LlamaModel.builder(quantised).quantize(QuantType.valueOf(type)).load()) {
            float[] expected = logits(there, tokens);
            assertThat(logits(here, tokens)).isEqualTo(expected);
            assertThat(logits(again, tokens)).isEqualTo(expected);
        }
    }
}
