package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokenModelsTest {
    @NeedsFixtures
    @ParameterizedTest
    @ValueSource(strings = {"cut", "empty", "piece-length-2e60", "random-bytes", "wire-type-7"})
    void areRefusedWithTheNameOfTheFile(String kind, Fixtures fixtures) {
        Path file = fixtures.path("malformed/tokenizer-" + kind + ".model");
        assertThatThrownBy(() -> Tokenizer.load(file)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(file.toString());
    }

    @NeedsFixtures
    @Test
    void aFileThatEndsAfterItsPiecesIsCalledCutShort(Fixtures fixtures) {
        Path file = fixtures.path("malformed/tokenizer-cut.model");
        assertThatThrownBy(() -> Tokenizer.load(file)).hasMessageContaining("the trainer's settings")
                .hasMessageContaining("cut short");
    }

    @Test
    void aMissingFileIsNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> Tokenizer.load(folder.resolve("none.model"))).isInstanceOf(CriaException.class)
                .hasMessageContaining("there is no file").hasMessageContaining("none.model");
    }

    @Test
    void everyBeginningIsRefused(@TempDir Path folder) throws IOException {
        byte[] good = Files.readAllBytes(Golden.file("tokenizer/tiny.model"));
        Path file = folder.resolve("cut.model");
        for (int length = 0; length < good.length - 20; length += length < 100 ? 1 : 97) {
            Files.write(file, Arrays.copyOf(good, length));
            assertThatThrownBy(() -> Tokenizer.load(file)).as("%d bytes", length)
                    .isInstanceOf(MalformedFileException.class).hasMessageStartingWith(file + ": ");
        }
    }

    @Test
    void changedBytesGiveATokenizerOrAClearRefusalAndNothingElse(@TempDir Path folder) throws IOException {
        byte[] good = Files.readAllBytes(Golden.file("tokenizer/tiny.model"));
        Random random = new Random(7);
        Path file = folder.resolve("changed.model");
        for (int i = 0; i < 300; i++) {
            byte[] changed = good.clone();
            for (int n = random.nextInt(4) + 1; n > 0; n--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            Files.write(file, changed);
            try {
                Tokenizer.load(file).encode("Once upon a time <s> é 😀");
            } catch (CriaException e) {
                assertThatThrownBy(() -> {
                    throw e;
                }).hasMessageContaining("changed.model");
            }
        }
    }
}
