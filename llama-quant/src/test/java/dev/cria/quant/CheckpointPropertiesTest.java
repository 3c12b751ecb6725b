package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;

/** Whatever bytes a file has, only exceptions of ours escape. */
class CheckpointPropertiesTest {
    private interface Opening {
        AutoCloseable open(Path path);
    }

    /**
     * Examples rather than properties, because a property without golden data would count as failed instead of skipped.
     */
    private static void assertHarmless(String fixture, Opening opening, int tries, int headerBytes)
            throws IOException {
        byte[] valid = Fixtures.bytes(fixture);
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

    @Example
    void flippedBytesInSafetensors() throws IOException {
        assertHarmless("malformed/safetensors-valid-base.safetensors", SafetensorsFile::open, 2000, 1000);
    }

    @Example
    void flippedBytesInPyTorch() throws IOException {
        assertHarmless("malformed/torch-valid-two-tensors.pth", TorchFile::open, 4000, 500);
    }

    @Example
    void everyPrefixOfAPyTorchFile() throws IOException {
        byte[] bytes = Fixtures.bytes("malformed/torch-valid-two-tensors.pth");
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
