package dev.cria.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What filters take as an attribute: a name, a path of names such as {@code address.city}, or an index.
 *
 * @param steps names and indices
 */
record AttributePath(List<Value> steps) {
    static AttributePath of(Value attribute) {
        return attribute instanceof Text path ? of(path.characters()) : new AttributePath(List.of(attribute));
    }

    private static AttributePath of(String path) {
        List<Value> steps = new ArrayList<>();
        for (String step : path.split("\\.", -1)) {
            boolean index = !step.isEmpty() && step.chars().allMatch(c -> c >= '0' && c <= '9') && step.length() < 10;
            steps.add(index ? new Value.Int(new BigInteger(step)) : Text.of(step));
        }
        return new AttributePath(steps);
    }

    /** {@return paths between commas} */
    static List<AttributePath> several(Optional<Value> attributes) {
        if (attributes.isEmpty()) {
            return List.of(new AttributePath(List.of()));
        }
        if (!(attributes.get() instanceof Text names)) {
            return List.of(of(attributes.get()));
        }
        List<AttributePath> paths = new ArrayList<>();
        for (String path : names.characters().split(",", -1)) {
            paths.add(of(path));
        }
        return paths;
    }

    Value of(Value value, Run run) {
        return of(value, Optional.empty(), run);
    }

    /** {@return what lies at the path's end; what is undefined on the way is the fallback, if there is one} */
    Value of(Value value, Optional<Value> fallback, Run run) {
        Value at = value;
        for (Value step : steps) {
            Value next = Attributes.item(at, step, run);
            at = next instanceof Value.Undefined ? fallback.orElse(next) : next;
        }
        return at;
    }
}
