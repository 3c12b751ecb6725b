package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LlamaModel;
import dev.cria.model.ModelFile;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.QuantMix;
import dev.cria.quant.QuantType;
import dev.cria.quant.Quantizer;
import dev.cria.quant.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Models of every layout, written as GGUF in every mix and loaded again. */
class QuantizerRoundTripTest {
    private static final float TOLERANCE = 2e-4f;

    @TempDir
    private Path folder;

    private static float[] logits(LlamaModel model, int[] tokens) {
        int vocabulary = model.config().vocabularySize();
        float[] all = new float[tokens.length * vocabulary];
        model.logits(tokens, (position, row) -> System.arraycopy(row, 0, all, position * vocabulary, vocabulary));
        return all;
    }

    private static float[] logits(Path path, int[] tokens) {
        try (LlamaModel model = LlamaModel.builder(path).threads(1).load()) {
            return logits(model, tokens);
        }
    }

    private static int[] sequence(Fixtures fixtures) {
        return Fixtures.ints(fixtures.json("checkpoints/expected.json").get("sequences").get(1));
    }

    /** Layouts of the same weights by the type of these and whether the output matrix is the embedding. */
    private static Map<String, List<Path>> layouts(Fixtures fixtures) {
        Map<String, List<Path>> layouts = new TreeMap<>();
        JsonNode groups = fixtures.json("checkpoints/expected.json").get("groups");
        groups.properties().forEach(group -> group.getValue().get("same_logits").forEach(name -> {
            // a remark in brackets follows one of the names
            Path path = fixtures.path("checkpoints/" + name.asText().replaceAll(" \\(.*", "")).normalize();
            try (ModelFile file = ModelFile.open(path)) {
                boolean tied = !file.checkpoint().tensors().containsKey("output.weight");
                layouts.computeIfAbsent(group.getKey() + (tied ? " tied" : " untied"), key -> new ArrayList<>())
                        .add(path);
            }
        }));
        return layouts;
    }

    static Stream<QuantMix> mixes() {
        return Arrays.stream(QuantMix.values());
    }

    private Path write(Quantizer quantizer, Path source, String name) {
        Path target = folder.resolve(name);
        try (ModelFile file = ModelFile.open(source)) {
            quantizer.write(file.checkpoint(), target);
        }
        return target;
    }

    @NeedsFixtures
    @ParameterizedTest
    @MethodSource("mixes")
    void everyLayoutGivesTheSameModelInEveryMix(QuantMix mix, Fixtures fixtures) {
        int[] tokens = sequence(fixtures);
        layouts(fixtures).forEach((group, paths) -> {
            float[] expected = logits(quantisedOnTheWay(mix, paths.getFirst()), tokens);
            for (Path path : paths) {
                Path written = write(Quantizer.to(mix).threads(1), path, "out.gguf");
                assertThat(logits(written, tokens)).as("%s of %s", group, path).isEqualTo(expected);
            }
            String type = group.substring(0, group.indexOf(' '));
            if (mix == QuantMix.F32 || mix.name().equalsIgnoreCase(type)) {
                assertThat(expected).containsExactly(fixtures.floats("checkpoints/expected-" + type + ".seq1.f32.bin"),
                        within(TOLERANCE));
            }
        });
    }

    /** The tensors are brought into their types while they are read; the writer takes them as they come. */
    private Path quantisedOnTheWay(QuantMix mix, Path path) {
        Path target = folder.resolve("on-the-way.gguf");
        try (ModelFile file = ModelFile.open(path)) {
            Checkpoint source = file.checkpoint();
            SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
            SequencedMap<String, QuantType> types = mix.types(source, false);
            source.tensors().forEach((name, tensor) -> {
                QuantType type = types.getOrDefault(name, tensor.type());
                tensors.put(name, type == tensor.type() ? tensor : tensor.quantized(type));
            });
            Quantizer.keepingTypes().write(new Checkpoint(source.path(), source.format(), source.metadata(), tensors,
                    () -> {}), target);
        }
        return target;
    }

    @NeedsFixtures
    @Test
    void convertedLayoutsKeepTheirTypesAndLogits(Fixtures fixtures) {
        layouts(fixtures).forEach((group, paths) -> {
            String type = group.substring(0, group.indexOf(' '));
            float[] expected = fixtures.floats("checkpoints/expected-" + type + ".seq1.f32.bin");
            for (Path path : paths) {
                Path written = write(Quantizer.keepingTypes(), path, "out.gguf");
                assertThat(logits(written, sequence(fixtures))).as("%s", path)
                        .isEqualTo(logits(path, sequence(fixtures)))
                        .containsExactly(expected, within(TOLERANCE));
                try (ModelFile before = ModelFile.open(path); ModelFile after = ModelFile.open(written)) {
                    assertThat(after.config()).usingRecursiveComparison().isEqualTo(before.config());
                    assertThat(after.tokenizer().vocabulary().pieces())
                            .isEqualTo(before.tokenizer().vocabulary().pieces());
                    assertThat(after.tokenizer().encode("Once  upon a time")).as("%s", path)
                            .isEqualTo(before.tokenizer().encode("Once  upon a time"));
                    assertThat(after.chatTemplate().name()).isEqualTo(before.chatTemplate().name());
                    assertThat(after.mix()).map(QuantMix::name).hasValueSatisfying(
                            name -> assertThat(name).isEqualToIgnoringCase(type));
                }
            }
        });
    }

    /** llama-quantize made the same files of others when these were written down. */
    @Test
    void everyMixGivesTheFileOfTheGoldenData() throws IOException, NoSuchAlgorithmException {
        Path original = RandomLlama.of(8, 2, 32, 512, 2, 2).gguf(folder.resolve("in.gguf"));
        StringBuilder lines = new StringBuilder();
        for (QuantMix mix : QuantMix.values()) {
            for (boolean pure : new boolean[]{false, true}) {
                try (Checkpoint source = ModelPath.open(original)) {
                    Quantizer.to(mix).pure(pure).write(source, folder.resolve("out.gguf"));
                }
                byte[] hash = MessageDigest.getInstance("SHA-256")
                        .digest(Files.readAllBytes(folder.resolve("out.gguf")));
                lines.append(mix).append(pure ? " pure " : " ").append(HexFormat.of().formatHex(hash)).append('\n');
            }
        }
        Golden.check("files.txt", lines.toString());
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K",
        "IQ4_NL", "IQ4_XS", "F16", "BF16"})
    void aPureFileIsTheModelQuantisedWhileItIsLoaded(QuantMix mix) throws IOException {
        RandomLlama random = RandomLlama.of(4, 2, 64, 512, 1, mix.fileType());
        int[] tokens = {1, 70, 260, 3, 200, 271, 9};
        for (Path path : List.of(random.meta(folder.resolve("one"), 1), random.meta(folder.resolve("two"), 2),
                random.huggingFace(folder.resolve("face")))) {
            Path written = write(Quantizer.to(mix).pure(true), path, "out.gguf");
            try (LlamaModel quantised = LlamaModel.builder(path).quantize(mix.base()).threads(1).load()) {
                assertThat(logits(written, tokens)).as("%s", path).isEqualTo(logits(quantised, tokens));
            }
        }
    }
}
