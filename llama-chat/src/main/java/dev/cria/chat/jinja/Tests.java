package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Comparison.Order;
import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Callable;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Real;
import dev.cria.chat.jinja.Value.Undefined;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The tests that may stand after {@code is}. */
final class Tests {
    /** A test. */
    interface Test {
        boolean holds(Run run, Value value, Arguments arguments);
    }

    /** A test that compares with one other value. */
    private interface Comparing {
        boolean holds(Run run, Value value, Value other);
    }

    /** A test that needs the value alone. */
    private interface Looking {
        boolean holds(Value value);
    }

    private static final Map<String, Test> ALL = all();

    private Tests() {}

    static Optional<Test> named(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    private static Map<String, Test> all() {
        Map<String, Test> all = new HashMap<>();
        looking(all, value -> !(value instanceof Undefined), "defined");
        looking(all, value -> value instanceof Undefined, "undefined");
        looking(all, value -> value == None.NONE, "none");
        looking(all, value -> value instanceof Bool, "boolean");
        looking(all, value -> value == Bool.TRUE, "true");
        looking(all, value -> value == Bool.FALSE, "false");
        looking(all, value -> value instanceof Int, "integer");
        looking(all, value -> value instanceof Real, "float");
        looking(all, Numbers::isNumber, "number");
        looking(all, value -> value instanceof Text, "string");
        looking(all, value -> value instanceof Dict, "mapping");
        looking(all, Iteration::isIterable, "iterable");
        looking(all, value -> Attributes.hasItems(value) && Iteration.hasLength(value), "sequence");
        looking(all, value -> value instanceof Callable || value instanceof Undefined, "callable");
        looking(all, value -> value instanceof Text text && text.isMarkup(), "escaped");
        printed(all, Characters::isLower, "lower");
        printed(all, Characters::isUpper, "upper");
        remainder(all, Int.of(1), "odd");
        remainder(all, Int.of(0), "even");
        comparing(all, (run, value, other) -> remainderIs(run, value, other, Int.of(0)), "divisibleby");
        comparing(all, (run, value, other) -> isSame(value, other), "sameas");
        comparing(all, (run, value, other) -> Comparison.contains(other, value, run.budget()), "in");
        comparing(all, (run, value, other) -> Comparison.equal(value, other, run.budget()), "==", "eq", "equalto");
        comparing(all, (run, value, other) -> !Comparison.equal(value, other, run.budget()), "!=", "ne");
        ordering(all, Order.LESS, "<", "lt", "lessthan");
        ordering(all, Order.LESS_OR_EQUAL, "<=", "le");
        ordering(all, Order.GREATER, ">", "gt", "greaterthan");
        ordering(all, Order.GREATER_OR_EQUAL, ">=", "ge");
        looking(all, value -> value instanceof Text name && Filters.named(name.characters()).isPresent(), "filter");
        looking(all, value -> value instanceof Text name && all.containsKey(name.characters()), "test");
        return all;
    }

    private static void looking(Map<String, Test> all, Looking test, String name) {
        all.put(name, (run, value, arguments) -> {
            Signature.positional(name, 0, 0).bind(arguments);
            return test.holds(value);
        });
    }

    private static void printed(Map<String, Test> all, Predicate<String> test, String name) {
        all.put(name, (run, value, arguments) -> {
            Signature.positional(name, 0, 0).bind(arguments);
            String text = PythonText.str(value, run.budget()).characters();
            run.budget().spendText(text.length(), 0);
            return test.test(text);
        });
    }

    private static void remainder(Map<String, Test> all, Value remainder, String name) {
        all.put(name, (run, value, arguments) -> {
            Signature.positional(name, 0, 0).bind(arguments);
            return remainderIs(run, value, Int.of(2), remainder);
        });
    }

    private static void comparing(Map<String, Test> all, Comparing test, String... names) {
        for (String name : names) {
            all.put(name, (run, value, arguments) -> test.holds(run, value,
                    Signature.positional(name, 1, 1).bind(arguments).required(0)));
        }
    }

    private static void ordering(Map<String, Test> all, Order order, String... names) {
        comparing(all, (run, value, other) -> Comparison.holds(order, value, other, run.budget()), names);
    }

    /** Whether Python has one object for both; it has one for each small number and each short text. */
    private static boolean isSame(Value value, Value other) {
        return value == other || (value instanceof Int && value.equals(other))
                || (value instanceof Text a && other instanceof Text b && a.characters().equals(b.characters()));
    }

    private static boolean remainderIs(Run run, Value value, Value divisor, Value remainder) {
        return Comparison.equal(Arithmetic.MODULO.apply(value, divisor, run), remainder, run.budget());
    }
}
