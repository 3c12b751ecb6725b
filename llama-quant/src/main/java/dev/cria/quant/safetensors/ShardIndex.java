package dev.cria.quant.safetensors;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Hugging Face's index of a sharded checkpoint ({@code *.index.json}).
 *
 * @param shards the file that holds each tensor, beside the index
 */
public record ShardIndex(SequencedMap<String, Path> shards) {
    private static final long LARGEST_FILE = 1 << 25;

    /**
     * Reads an index.
     *
     * @param file the index
     * @return the index
     * @throws MalformedFileException if it is not such an index, or names a file that is not there
     * @throws CriaException if it cannot be read
     */
    public static ShardIndex read(Path file) {
        JsonNode map = parse(file).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new MalformedFileException(file, "weight_map must be an object that names the shard of each tensor");
        }
        SequencedMap<String, Path> shards = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getValue().asText("");
            // only a name beside the index, so that a hostile index reaches no other place
            if (!entry.getValue().isTextual() || !name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
                throw new MalformedFileException(file, "weight_map must name a file beside the index for tensor "
                        + entry.getKey() + ", but holds " + entry.getValue());
            }
            Path shard = file.resolveSibling(name);
            if (!Files.isRegularFile(shard)) {
                throw new MalformedFileException(file, "tensor " + entry.getKey() + " is in the shard " + name
                        + ", which is missing");
            }
            shards.put(entry.getKey(), shard);
        }
        return new ShardIndex(shards);
    }

    private static JsonNode parse(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new MalformedFileException(file, "an index has no more than " + LARGEST_FILE + " bytes");
            }
            return SafetensorsHeader.json().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new MalformedFileException(file, "not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }
}
