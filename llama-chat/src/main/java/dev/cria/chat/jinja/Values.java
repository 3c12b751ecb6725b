package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Real;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Java's values as a template sees them. */
final class Values {
    private Values() {}

    /**
     * {@return the value of an object}
     *
     * @param object null, a Boolean, a number, a String, a {@link Text}, or a List or Map of such
     * @throws IllegalArgumentException if it is something else
     */
    static Value of(@Nullable Object object, Budget budget) {
        return switch (object) {
            case null -> None.NONE;
            case Text text -> text;
            case String text -> Text.of(text, Text.OUTSIDE);
            case Boolean bool -> Bool.of(bool);
            case Integer number -> Int.of(number);
            case Long number -> Int.of(number);
            case BigInteger number -> new Int(number);
            case Float number -> new Real(number);
            case Double number -> new Real(number);
            case BigDecimal number -> new Real(number.doubleValue());
            case List<?> list -> {
                List<Value> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(of(item, budget)));
                yield new ListOf(items);
            }
            case Map<?, ?> map -> {
                Dict dict = new Dict();
                map.forEach((key, value) -> dict.put(of(key, budget), of(value, budget), budget));
                yield dict;
            }
            default -> throw new IllegalArgumentException("a template can be given texts, numbers, booleans, lists and"
                    + " maps, but not a " + object.getClass().getName());
        };
    }
}
