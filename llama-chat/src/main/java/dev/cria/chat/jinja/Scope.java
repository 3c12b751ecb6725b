package dev.cria.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Variables, and those around them. What is set stays here; a loop has one of its own for each turn. */
final class Scope {
    private final Map<String, Value> variables = new HashMap<>();
    private final Optional<Scope> outer;

    /** Makes the outermost one. */
    Scope() {
        outer = Optional.empty();
    }

    Scope(Scope outer) {
        this.outer = Optional.of(outer);
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }

    /** {@return the one around all others} */
    Scope outermost() {
        Scope scope = this;
        while (scope.outer.isPresent()) {
            scope = scope.outer.get();
        }
        return scope;
    }

    /** {@return the value of a variable or of a function that every template has; undefined if there is none} */
    Value get(String name) {
        for (Optional<Scope> scope = Optional.of(this); scope.isPresent(); scope = scope.get().outer) {
            Value value = scope.get().variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Globals.named(name).orElseGet(() -> Value.Undefined.named(name));
    }
}
