package dev.cria.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a function, filter or test is called with.
 *
 * @param positional the arguments without a name
 * @param named the others, in the order in which they were given
 */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Value... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** {@return the same with one more argument} */
    Arguments with(String name, Value value) {
        Map<String, Value> more = new LinkedHashMap<>(named);
        more.put(name, value);
        return new Arguments(positional, more);
    }

    /** {@return the same without the first ones} */
    Arguments from(int first) {
        return new Arguments(positional.subList(first, positional.size()), named);
    }
}
