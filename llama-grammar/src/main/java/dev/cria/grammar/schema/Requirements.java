package dev.cria.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Schemas that a value must match all together. It stays unevaluated until its rule is written, so recursive schemas
 * are no problem, and equal ones have one rule.
 *
 * @param parts in the order in which they were met; no parts allow everything
 */
record Requirements(Set<Part> parts) {
    /** One thing that is asked of a value. */
    sealed interface Part {}

    /** A schema of the document, or what it does not allow. */
    record Schema(Location location, boolean negated) implements Part {}

    /** Exactly this value, or any other one. */
    record Value(JsonNode value, boolean negated) implements Part {}

    /** Nothing is allowed. */
    record Never() implements Part {}

    static final Requirements NONE = new Requirements(Set.of());
    static final Requirements NEVER = new Requirements(Set.of(new Never()));

    static Requirements of(Part part) {
        return new Requirements(Set.of(part));
    }

    Requirements and(Requirements other) {
        if (other.parts.isEmpty() || equals(other)) {
            return this;
        }
        if (parts.isEmpty()) {
            return other;
        }
        Set<Part> all = new LinkedHashSet<>(parts);
        all.addAll(other.parts);
        return new Requirements(all);
    }

    /** {@return what a value matches one of, exactly if it does not match these} */
    List<Requirements> negated() {
        if (parts.contains(new Never())) {
            return List.of(NONE);
        }
        return parts.stream().map(part -> of(switch (part) {
            case Schema schema -> new Schema(schema.location, !schema.negated);
            case Value value -> new Value(value.value, !value.negated);
            case Never never -> never;
        })).toList();
    }
}
