package dev.cria.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Golden data that other programs have made and that are not part of the project, in the directory that
 * {@code -Dcria.fixtures} names. A parameter of a test that {@link NeedsFixtures}.
 */
public final class Fixtures {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;

    Fixtures(Path directory) {
        this.directory = directory;
    }

    /**
     * {@return a file or folder that is there}
     *
     * @param name its path in the directory
     * @throws AssertionError if the directory does not hold it
     */
    public Path path(String name) {
        Path path = directory.resolve(name);
        if (!Files.exists(path)) {
            throw new AssertionError("the golden data in " + directory.toAbsolutePath().normalize() + " have no " + name
                    + "; they belong to another version of the project");
        }
        return path;
    }

    /** {@return the content of a file} */
    public byte[] bytes(String name) {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the content of a file of little-endian 32-bit floats} */
    public float[] floats(String name) {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
        float[] floats = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }

    /** {@return the content of a JSON file} */
    public JsonNode json(String name) {
        return parsed(text(name));
    }

    /** {@return the lines of a file that has a JSON value in each} */
    public List<JsonNode> jsonLines(String name) {
        return text(name).lines().map(Fixtures::parsed).toList();
    }

    private String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    private static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the whole numbers of a JSON array} */
    public static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::intValue).toArray();
    }
}
