package dev.cria.model.loading;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object in a file beside the weights. A field that is present with a value of another kind than asked for is an
 * error of the file; {@code null} counts as absent.
 *
 * @param file the file, for messages
 * @param prefix what leads to the object within the file, such as {@code "rope_scaling."}
 * @param object the object
 */
record JsonFile(Path file, String prefix, JsonNode object) {
    /** Hundreds of times what any of these files needs. */
    private static final long LARGEST_FILE = 1 << 24;
    /** Hints for programmers that Jackson adds to its messages. */
    private static final String LIBRARY_SETTINGS = "( \\(start marker at \\[.*|: enable `.*|, from `.*`(?=\\)))";
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** Reads a file that must be there. */
    static JsonFile read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new MalformedFileException(file, "it has more than the " + LARGEST_FILE
                        + " bytes that are supported");
            }
            byte[] text = Files.readAllBytes(file);
            if (text.length == 0) {
                throw new MalformedFileException(file, "not JSON: it is empty");
            }
            JsonNode node = MAPPER.readTree(text);
            if (!node.isObject()) {
                throw new MalformedFileException(file, "it must be a JSON object, but is of type "
                        + node.getNodeType());
            }
            return new JsonFile(file, "", node);
        } catch (JacksonException e) {
            throw new MalformedFileException(file, "not JSON" + place(e.getLocation()) + ": "
                    + e.getOriginalMessage().replaceAll(LIBRARY_SETTINGS, ""), e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : " in line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    /** Reads a file if it is there; otherwise answers an empty object. */
    static JsonFile readIfPresent(Path file) {
        return Files.isRegularFile(file) ? read(file) : new JsonFile(file, "", MAPPER.createObjectNode());
    }

    MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, problem);
    }

    private Optional<JsonNode> field(String name) {
        JsonNode value = object.path(name);
        return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    private MalformedFileException wrong(String name, String expected, JsonNode found) {
        String text = found.toString();
        return malformed(prefix + name + " must be " + expected + ", but is "
                + (text.length() > 40 ? text.substring(0, 40) + "…" : text));
    }

    private MalformedFileException missing(String name) {
        return malformed(prefix + name + " is missing");
    }

    boolean has(String name) {
        return field(name).isPresent();
    }

    Optional<String> string(String name) {
        return field(name).map(value -> {
            if (!value.isTextual()) {
                throw wrong(name, "a text", value);
            }
            return value.textValue();
        });
    }

    Optional<Boolean> bool(String name) {
        return field(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrong(name, "true or false", value);
            }
            return value.booleanValue();
        });
    }

    OptionalDouble number(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (!value.get().isNumber()) {
            throw wrong(name, "a number", value.get());
        }
        return OptionalDouble.of(value.get().doubleValue());
    }

    OptionalLong integer(String name) {
        Optional<JsonNode> value = field(name);
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(integer(name, value.get()));
    }

    private long integer(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "a whole number", value);
        }
        return value.longValue();
    }

    /** A size: a whole number from 1 that fits an int. */
    int size(String name) {
        return size(name, integer(name).orElseThrow(() -> missing(name)));
    }

    int size(String name, int fallback) {
        return size(name, integer(name).orElse(fallback));
    }

    private int size(String name, long value) {
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw malformed(prefix + name + " must be a whole number from 1 to " + Integer.MAX_VALUE + ", but is "
                    + value);
        }
        return (int) value;
    }

    /** One whole number or an array of them. */
    List<Long> integers(String name) {
        List<Long> numbers = new ArrayList<>();
        field(name).ifPresent(value -> {
            for (JsonNode element : value.isArray() ? value : List.of(value)) {
                numbers.add(integer(name, element));
            }
        });
        return numbers;
    }

    Optional<JsonFile> object(String name) {
        return field(name).map(value -> {
            if (!value.isObject()) {
                throw wrong(name, "an object", value);
            }
            return new JsonFile(file, prefix + name + ".", value);
        });
    }

    /** The content of a token that is written as a text or as an object with the field {@code content}. */
    Optional<String> token(String name) {
        return field(name).map(value -> value.isObject() ? value.path("content") : value).filter(JsonNode::isTextual)
                .map(JsonNode::textValue);
    }
}
