package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.HasAttributes;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Range;
import dev.cria.chat.jinja.Value.Real;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import dev.cria.chat.jinja.Value.View;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What follows a dot or stands in brackets. A dot looks for a method first and for a key then; brackets the other way
 * round. What would change a value, and Python's own names with underscores, is there but forbidden.
 */
final class Attributes {
    private static final Set<String> CHANGE_LISTS = Set.of("append", "clear", "pop", "reverse", "insert", "sort",
            "extend", "remove");
    private static final Set<String> CHANGE_DICTIONARIES = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Attributes() {}

    /** {@return {@code value.name}, undefined if there is none} */
    static Value attribute(Value value, String name, Run run) {
        return own(value, name).or(() -> subscript(value, Text.of(name), run))
                .orElseGet(() -> missing(value, Text.of(name), run));
    }

    /** {@return {@code value[key]}, undefined if there is none} */
    static Value item(Value value, Value key, Run run) {
        return subscript(value, key, run)
                .or(() -> key instanceof Text name ? own(value, name.characters()) : Optional.empty())
                .orElseGet(() -> missing(value, key, run));
    }

    private static Undefined missing(Value value, Value key, Run run) {
        String type = switch (value) {
            case None _ -> "'None'";
            case Undefined _ -> "undefined";
            default -> "'" + Types.name(value) + " object'";
        };
        return new Undefined(key instanceof Text name
                ? type + " has no attribute '" + Types.shortened(name.characters()) + "'"
                : type.replace("'", "") + " has no element "
                        + Types.shortened(PythonText.repr(key, run.budget())),
                false);
    }

    /** {@return an attribute that is not a key} */
    static Optional<Value> own(Value value, String name) {
        if (isPythons(value, name)) {
            return Optional.of(new Undefined("access to attribute '" + name + "' of '" + Types.name(value)
                    + "' object is unsafe.", true));
        }
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case Text text -> TextMethods.named(name)
                    .map(method -> new Method(value, name, (run, arguments) -> method.call(run, text, arguments)));
            case TupleOf tuple when tuple.names().contains(name) ->
                Optional.of(tuple.items().get(tuple.names().indexOf(name)));
            case ListOf(List<Value> items) -> CollectionMethods.ofSequence(value, items, name);
            case TupleOf tuple -> CollectionMethods.ofSequence(value, tuple.items(), name);
            case Dict dict -> CollectionMethods.ofDictionary(dict, name);
            case Range range -> ofRange(range, name);
            case Int _,Bool _ -> ofInteger(Numbers.integer(value).orElseThrow(), name);
            case Real(double number) -> ofReal(number, name);
            case HasAttributes other -> other.attribute(name);
            default -> Optional.empty();
        };
    }

    private static boolean isPythons(Value value, String name) {
        boolean internal = name.startsWith("__") && name.endsWith("__") && name.length() > 4
                && !(value instanceof Undefined) && !(value instanceof Namespace);
        return internal || (value instanceof ListOf && CHANGE_LISTS.contains(name))
                || (value instanceof Dict && CHANGE_DICTIONARIES.contains(name));
    }

    private static Optional<Value> ofRange(Range range, String name) {
        return switch (name) {
            case "start" -> Optional.of(Int.of(range.start()));
            case "stop" -> Optional.of(Int.of(range.stop()));
            case "step" -> Optional.of(Int.of(range.step()));
            default -> Optional.empty();
        };
    }

    private static Optional<Value> ofInteger(BigInteger number, String name) {
        return switch (name) {
            case "real", "numerator" -> Optional.of(new Int(number));
            case "imag" -> Optional.of(Int.of(0));
            case "denominator" -> Optional.of(Int.of(1));
            case "bit_length" -> Optional.of(new Method(new Int(number), name, (run, arguments) -> {
                Signature.positional(name, 0, 0).bind(arguments);
                return Int.of(number.abs().bitLength());
            }));
            default -> Optional.empty();
        };
    }

    private static Optional<Value> ofReal(double number, String name) {
        return switch (name) {
            case "real" -> Optional.of(new Real(number));
            case "imag" -> Optional.of(new Real(0));
            case "is_integer" -> Optional.of(new Method(new Real(number), name, (run, arguments) -> {
                Signature.positional(name, 0, 0).bind(arguments);
                return Bool.of(number == Math.rint(number) && !Double.isInfinite(number));
            }));
            default -> Optional.empty();
        };
    }

    /** {@return whether a value can be followed by brackets} */
    static boolean hasItems(Value value) {
        return switch (value) {
            case Text _,ListOf _,TupleOf _,Dict _,Range _,Undefined _ -> true;
            case None _,Bool _,Int _,Real _,View _,Value.Generator _,HasAttributes _ -> false;
        };
    }

    private static Optional<Value> subscript(Value value, Value key, Run run) {
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case Dict dict -> key instanceof ListOf || key instanceof Dict || key instanceof View
                    ? Optional.empty()
                    : dict.get(key, run.budget());
            case ListOf(List<Value> items) -> index(key, items.size()).map(items::get);
            case TupleOf tuple -> index(key, tuple.items().size()).map(tuple.items()::get);
            case Range range -> index(key, range.length()).map(range::at);
            case Text text -> Numbers.integer(key).flatMap(_ -> {
                run.budget().spendText(text.characters().length(), 0);
                return index(key, text.length());
            }).map(at -> text.substring(text.index(at), text.index(at + 1)));
            default -> Optional.empty();
        };
    }

    private static Optional<Integer> index(Value key, int length) {
        return Numbers.integer(key).map(index -> index.signum() < 0 ? index.add(BigInteger.valueOf(length)) : index)
                .filter(index -> index.signum() >= 0 && index.compareTo(BigInteger.valueOf(length)) < 0)
                .map(BigInteger::intValue);
    }
}
