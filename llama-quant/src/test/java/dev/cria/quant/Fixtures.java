package dev.cria.quant;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Golden data that is not part of the project; whatever asks for a missing file is skipped. */
final class Fixtures {
    private static final Path DIRECTORY = Path.of(System.getProperty("cria.fixtures", "../../shared/fixtures"));

    private Fixtures() {}

    static Path file(String name) {
        Path path = DIRECTORY.resolve(name);
        assumeTrue(Files.exists(path), () -> "golden data " + path + " is missing; set -Dcria.fixtures=DIRECTORY");
        return path;
    }

    static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static float[] floats(String name) {
        return MemorySegment.ofArray(bytes(name))
                .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    }

    static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(bytes(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
