package dev.cria.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cria.core.CriaException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** JSON as the commands read and write it. */
final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /** Halves of characters, which UTF-8 has no bytes for. */
    private static final Pattern UNPAIRED = Pattern.compile("\\p{Cs}");

    private Json() {}

    static String write(Object value) {
        try {
            return UNPAIRED.matcher(MAPPER.writeValueAsString(value)).replaceAll(half -> "\\\\u%04x"
                    .formatted((int) half.group().charAt(0)));
        } catch (JsonProcessingException e) {
            throw new CriaException("cannot write JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Reads a line of JSON Lines. */
    static <T> T read(String line, Class<T> type, String expected) {
        try {
            JsonNode node = MAPPER.readTree(line);
            if (node == null || node.isNull() || node.isMissingNode()) {
                throw new CriaException("it must be " + expected);
            }
            return MAPPER.treeToValue(node, type);
        } catch (JsonProcessingException e) {
            throw new CriaException("it must be " + expected + ": "
                    + e.getOriginalMessage(), e);
        }
    }

    /** Reads a line of JSON Lines that is an object, in the order of its keys. */
    static Map<String, Object> object(String line) {
        JsonNode node = read(line, JsonNode.class, "a JSON object");
        if (!node.isObject()) {
            throw new CriaException(
                    "it must be a JSON object, but is " + node.getNodeType().name().toLowerCase(Locale.ROOT));
        }
        return MAPPER.convertValue(node, new TypeReference<LinkedHashMap<String, Object>>() {
        });
    }
}
