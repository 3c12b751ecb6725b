package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Whatever bytes a file has, only exceptions of ours escape. */
class CheckpointPropertiesTest {
    private interface Opening {
        AutoCloseable open(Path path);
    }

    private static void assertHarmless(String fixture, Opening opening, int[] places, byte[] values)
            throws IOException {
        byte[] bytes = Fixtures.bytes(fixture);
        for (int i = 0; i < values.length; i++) {
            bytes[places[i] % bytes.length] = values[i];
        }
        Path path = Files.createTempFile("flipped", ".bin");
        try {
            Files.write(path, bytes);
            ThrowingCallable opens = () -> opening.open(path).close();

            Throwable failure = catchThrowable(opens);

            if (failure != null) {
                assertThat(failure).isInstanceOf(CriaException.class).hasMessageContaining(path.toString());
            }
        } finally {
            Files.delete(path);
        }
    }

    @Property(tries = 2000)
    void flippedBytesInSafetensors(@ForAll @IntRange(max = 1 << 20) int a, @ForAll byte x,
            @ForAll @IntRange(max = 1000) int b, @ForAll byte y) throws IOException {
        assertHarmless("malformed/safetensors-valid-base.safetensors", SafetensorsFile::open, new int[]{a, b},
                new byte[]{x, y});
    }

    @Property(tries = 3000)
    void flippedBytesInPyTorch(@ForAll @IntRange(max = 1 << 20) int a, @ForAll byte x,
            @ForAll @IntRange(max = 1 << 20) int b, @ForAll byte y) throws IOException {
        assertHarmless("malformed/torch-valid-two-tensors.pth", TorchFile::open, new int[]{a, b}, new byte[]{x, y});
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
