package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Broken files: what escapes is always an exception of ours that names the file. */
class MalformedGgufTest {
    /** Sound containers whose content does not make a model; whoever loads a model refuses them. */
    private static final Set<String> LOADABLE = Set.of("gguf-no-architecture", "gguf-no-block-count",
            "gguf-no-head-count", "gguf-block-count-is-string", "gguf-tokens-are-integers", "gguf-head-count-negative",
            "gguf-tensor-missing-embedding", "gguf-tensor-missing-attn-q", "gguf-shape-attn-k",
            "gguf-shape-ffn-up-transposed", "gguf-zero-layers", "gguf-head-count-3", "gguf-embedding-length-0",
            "gguf-token-types-too-few", "gguf-rope-dimension-too-large");

    @TempDir
    private Path directory;

    static List<String> containerErrors(Fixtures fixtures) {
        List<String> names = new ArrayList<>();
        for (JsonNode entry : fixtures.json("malformed/index.json")) {
            String name = entry.get("file").asText();
            if (entry.get("kind").asText().equals("gguf") && entry.get("expect").asText().equals("reject")
                    && !LOADABLE.contains(name.replace(".gguf", ""))) {
                names.add(name);
            }
        }
        return names;
    }

    @NeedsFixtures
    @ParameterizedTest
    @MethodSource("containerErrors")
    void refusesBrokenContainersWithAMessageThatNamesTheFile(String name, Fixtures fixtures) {
        Path path = fixtures.path("malformed/" + name);

        Throwable failure = catchThrowable(() -> GgufFile.open(path).close());

        assertThat(failure).isInstanceOf(MalformedFileException.class).hasMessageStartingWith(path + ": ");
        assertThat(String.valueOf(failure.getMessage()).length()).isBetween(path.toString().length() + 20, 500);
    }

    @NeedsFixtures
    @Test
    void refusesAnArrayOfAnotherTypeWhenItIsAskedFor(Fixtures fixtures) {
        try (GgufFile file = GgufFile.open(fixtures.path("malformed/gguf-tokens-are-integers.gguf"))) {
            assertThat(catchThrowable(() -> file.metadata().strings("tokenizer.ggml.tokens")))
                    .isInstanceOf(MalformedFileException.class).hasMessageContaining("tokenizer.ggml.tokens");
        }
        try (GgufFile file = GgufFile.open(fixtures.path("malformed/gguf-block-count-is-string.gguf"))) {
            assertThat(catchThrowable(() -> file.metadata().integer("llama.block_count")))
                    .isInstanceOf(MalformedFileException.class).hasMessageContaining("llama.block_count");
        }
    }

    @NeedsFixtures
    @Test
    void readsTheValidFileThatTheOthersWereMadeFrom(Fixtures fixtures) {
        try (GgufFile file = GgufFile.open(fixtures.path("malformed/gguf-valid-base.gguf"))) {
            assertThat(file.tensors()).isNotEmpty();
        }
    }

    @NeedsFixtures
    @Test
    void refusesEveryPrefixOfAValidFile(Fixtures fixtures) throws IOException {
        byte[] valid = fixtures.bytes("malformed/gguf-valid-base.gguf");
        Path path = directory.resolve("cut.gguf");
        for (int length = 0; length < valid.length - 32; length += length < 2000 ? 1 : 97) {
            Files.write(path, Arrays.copyOf(valid, length));

            Throwable failure = catchThrowable(() -> GgufFile.open(path).close());

            assertThat(failure).as("the first %d bytes", length).isInstanceOf(MalformedFileException.class);
        }
    }
}
