package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cria.core.CriaException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever bytes a file has, only exceptions of ours escape. */
@NeedsFixtures
class CheckpointPropertiesTest {
    private interface Opening {
        AutoCloseable open(Path path);
    }

    private static void assertHarmless(byte[] valid, Opening opening, int tries, int headerBytes)
            throws IOException {
        Path path = Files.createTempFile("flipped", ".bin");
        try {
            for (int seed = 0; seed < tries; seed++) {
                Random random = new Random(seed);
                byte[] bytes = valid.clone();
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                bytes[random.nextInt(headerBytes)] = (byte) random.nextInt();
                bytes[bytes.length - 1 - random.nextInt(headerBytes)] = (byte) random.nextInt();
                Files.write(path, bytes);

                Throwable failure = catchThrowable(() -> opening.open(path).close());

                if (failure != null) {
                    assertThat(failure).as("seed %d", seed).isInstanceOf(CriaException.class)
                            .hasMessageContaining(path.toString());
                }
            }
        } finally {
            Files.delete(path);
        }
    }

    @Test
    void flippedBytesInSafetensors(Fixtures fixtures) throws IOException {
        assertHarmless(fixtures.bytes("malformed/safetensors-valid-base.safetensors"), SafetensorsFile::open, 2000,
                1000);
    }

    @Test
    void flippedBytesInPyTorch(Fixtures fixtures) throws IOException {
        assertHarmless(fixtures.bytes("malformed/torch-valid-two-tensors.pth"), TorchFile::open, 4000, 500);
    }

    @Test
    void everyPrefixOfAPyTorchFile(Fixtures fixtures) throws IOException {
        byte[] bytes = fixtures.bytes("malformed/torch-valid-two-tensors.pth");
        Path path = Files.createTempFile("cut", ".pth");
        try {
            for (int length = 0; length < bytes.length; length += 3) {
                Files.write(path, Arrays.copyOf(bytes, length));
                assertThat(catchThrowable(() -> TorchFile.open(path).close())).isInstanceOf(CriaException.class);
            }
        } finally {
            Files.delete(path);
        }
    }
}
