package dev.cria.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cria.core.CriaException;

/** JSON as the commands read and write it. */
final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Json() {}

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
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
}
