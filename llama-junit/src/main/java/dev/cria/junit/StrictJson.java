package dev.cria.junit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.NopAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON that must have exactly the components of a record: none missing, none more, none null, nothing after it. An
 * {@link Optional} may be missing or null.
 */
final class StrictJson {
    /** Times keep the zone that is written, numbers the zeros at their end; a date is no time of day. */
    static final ObjectMapper MAPPER = complete(JsonMapper.builder()
            .addModules(new JavaTimeModule(), new Jdk8Module())
            .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .defaultLeniency(false)
            .build());

    /** Also without any conversion: a number in quotes is no number, 3.5 is no {@code int}, 3 is no text. */
    static final ObjectMapper EXACT = exact(MAPPER);

    private StrictJson() {}

    /** {@return a mapper that reads as another one does, but accepts nothing that is not exactly the type} */
    static ObjectMapper exact(ObjectMapper mapper) {
        ObjectMapper exact = complete(mapper);
        exact.setConfig(exact.getDeserializationConfig()
                .with(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .without(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .without(MapperFeature.ALLOW_COERCION_OF_SCALARS));
        exact.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        exact.coercionConfigFor(LogicalType.Textual).setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
        return exact;
    }

    private static ObjectMapper complete(ObjectMapper mapper) {
        ObjectMapper complete = mapper.copy();
        complete.setConfig(complete.getDeserializationConfig()
                .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                        DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                // would ask for those that may be missing, too
                .without(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .withInsertedAnnotationIntrospector(new RequiredComponents()));
        return complete;
    }

    /** {@return what is wrong, in a line} */
    static String problem(JacksonException e) {
        String path = e instanceof JsonMappingException mapping ? mapping.getPathReference() : "";
        String problem = e.getOriginalMessage().lines().findFirst().orElse("");
        int at = path.lastIndexOf("[\"");
        return at < 0 ? problem : problem + " (at " + path.substring(path.indexOf('[')) + ")";
    }

    /** Every component must be there, unless its type says that it need not. */
    private static final class RequiredComponents extends NopAnnotationIntrospector {
        private static final long serialVersionUID = 1L;
        private static final Set<Class<?>> MAY_BE_MISSING = Set.of(Optional.class, OptionalInt.class,
                OptionalLong.class, OptionalDouble.class);

        @Override
        public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
            return MAY_BE_MISSING.contains(member.getRawType()) ? null : Boolean.TRUE;
        }
    }
}
