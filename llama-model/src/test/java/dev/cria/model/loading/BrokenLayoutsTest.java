package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LlamaModel;
import dev.cria.quant.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The broken files of the golden data, each in its place in a folder that is otherwise whole. */
@NeedsFixtures
class BrokenLayoutsTest {
    @TempDir
    private Path folder = Path.of("");

    static List<String> broken(Fixtures fixtures) {
        List<String> names = new ArrayList<>();
        for (JsonNode entry : fixtures.json("malformed/index.json")) {
            if (List.of("safetensors", "torch", "llama2c", "json", "tokenizer").contains(entry.get("kind").asText())
                    && entry.get("expect").asText().equals("reject")) {
                names.add(entry.get("file").asText());
            }
        }
        return names;
    }

    private void copy(Fixtures fixtures, String fixture, String name) throws IOException {
        Files.copy(fixtures.path("malformed/" + fixture), folder.resolve(name));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void areRefusedWithTheNameOfTheFile(String name, Fixtures fixtures) throws IOException {
        String kind = name.substring(0, name.indexOf('-'));
        String place = switch (kind) {
            case "safetensors" -> "model.safetensors";
            case "torch" -> "pytorch_model.bin";
            case "tokenizer" -> "tokenizer.model";
            case "llama2c" -> "model.bin";
            default -> name.contains("config")
                    ? "config.json"
                    : name.contains("index") ? "model.safetensors.index.json" : "params.json";
        };
        copy(fixtures, name, place);
        boolean huggingFace = !kind.equals("llama2c") && !place.equals("params.json");
        if (huggingFace && !place.equals("config.json")) {
            copy(fixtures, "json-config-valid.json", "config.json");
        }
        if (huggingFace && !List.of("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
                .contains(place)) {
            copy(fixtures, "safetensors-valid-base.safetensors", "model.safetensors");
        }
        Path opened = kind.equals("llama2c") ? folder.resolve(place) : folder;

        assertThat(catchThrowable(() -> LlamaModel.load(opened).close())).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(folder.resolve(place).toString());
        if (!kind.equals("tokenizer")) {
            Path alone = fixtures.path("malformed/" + name);
            assertThat(catchThrowable(() -> LlamaModel.load(alone).close())).isInstanceOf(
                    dev.cria.core.CriaException.class).hasMessageContaining(alone.toString());
        }
    }

    @Test
    void theValidOnesAreAWholeModelWithoutATokenizer(Fixtures fixtures) throws IOException {
        copy(fixtures, "json-config-valid.json", "config.json");
        copy(fixtures, "safetensors-valid-base.safetensors", "model.safetensors");

        try (Checkpoint checkpoint = ModelPath.open(folder)) {
            assertThat(new GgufModel(checkpoint).config().vocabularySize()).isEqualTo(32);
        }
    }
}
