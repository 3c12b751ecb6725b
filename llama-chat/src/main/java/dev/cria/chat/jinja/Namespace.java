package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.HasAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What {@code namespace()} gives: the only thing that a template can change. */
final class Namespace implements HasAttributes {
    private final Map<String, Value> attributes = new LinkedHashMap<>();

    void set(String name, Value value) {
        attributes.put(name, value);
    }

    Map<String, Value> attributes() {
        return attributes;
    }

    @Override
    public Optional<Value> attribute(String name) {
        return Optional.ofNullable(attributes.get(name));
    }

    @Override
    public String representation() {
        return "<Namespace>";
    }
}
