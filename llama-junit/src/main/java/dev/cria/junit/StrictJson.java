package dev.cria.junit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** JSON that must have exactly the components of a record: none missing, none more, none null, nothing after it. */
final class StrictJson {
    static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private StrictJson() {}

    /** {@return what is wrong, in a line} */
    static String problem(JacksonException e) {
        String path = e instanceof JsonMappingException mapping ? mapping.getPathReference() : "";
        String problem = e.getOriginalMessage().lines().findFirst().orElse("");
        int at = path.lastIndexOf("[\"");
        return at < 0 ? problem : problem + " (at " + path.substring(path.indexOf('[')) + ")";
    }
}
