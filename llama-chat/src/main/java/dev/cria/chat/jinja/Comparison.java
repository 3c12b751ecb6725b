package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Generator;
import dev.cria.chat.jinja.Value.HasAttributes;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Range;
import dev.cria.chat.jinja.Value.Real;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import dev.cria.chat.jinja.Value.View;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** What Python says of two values: equal, less, contained. */
final class Comparison {
    /** The operators that order. */
    enum Order {
        LESS("<") {
            @Override
            boolean holds(int sign) {
                return sign < 0;
            }
        },
        LESS_OR_EQUAL("<=") {
            @Override
            boolean holds(int sign) {
                return sign <= 0;
            }
        },
        GREATER(">") {
            @Override
            boolean holds(int sign) {
                return sign > 0;
            }
        },
        GREATER_OR_EQUAL(">=") {
            @Override
            boolean holds(int sign) {
                return sign >= 0;
            }
        };

        private final String symbol;

        Order(String symbol) {
            this.symbol = symbol;
        }

        abstract boolean holds(int sign);
    }

    /** What equal undefined values have in common, as keys. */
    private enum UndefinedKey {
        KEY
    }

    /** A tuple as a key. */
    private record TupleKey(List<Object> items) {}

    private Comparison() {}

    /** {@return an object with Java's equality that is Python's equality and hash of a value} */
    static Object key(Value value, Budget budget) {
        budget.enter();
        Object key = switch (value) {
            case Text text -> text.characters();
            case Bool bool -> integer(bool);
            case Int(BigInteger number) -> number;
            case Real(double number) -> number == Math.rint(number) && !Double.isInfinite(number)
                    ? new BigDecimal(number).toBigInteger()
                    : (Object) number;
            case TupleOf tuple -> new TupleKey(tuple.items().stream().map(item -> key(item, budget)).toList());
            case Undefined _ -> UndefinedKey.KEY;
            case None _,Range _,Generator _,HasAttributes _ -> value;
            case ListOf _,Dict _,View _ ->
                throw Failure.runtime("unhashable type: '" + Types.name(value) + "'");
        };
        budget.leave();
        return key;
    }

    static BigInteger integer(Bool bool) {
        return bool == Bool.TRUE ? BigInteger.ONE : BigInteger.ZERO;
    }

    static boolean equal(Value a, Value b, Budget budget) {
        budget.enter();
        boolean equal = equalAt(a, b, budget);
        budget.leave();
        return equal;
    }

    private static boolean equalAt(Value a, Value b, Budget budget) {
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return !isNan(a) && !isNan(b) && compareNumbers(a, b, budget) == 0;
        }
        return switch (a) {
            case Text text -> b instanceof Text other && equal(text, other, budget);
            case ListOf(List<Value> items) -> b instanceof ListOf(List<Value> others) && equal(items, others, budget);
            case TupleOf tuple -> b instanceof TupleOf other && equal(tuple.items(), other.items(), budget);
            case Dict dict -> b instanceof Dict other && dict.equalTo(other, budget);
            case Undefined _ -> b instanceof Undefined;
            case Range range -> b instanceof Range other && equal(range, other);
            default -> a == b;
        };
    }

    private static boolean equal(Text a, Text b, Budget budget) {
        budget.spend(1 + Math.min(a.characters().length(), b.characters().length()) / 8);
        return a.characters().equals(b.characters());
    }

    private static boolean equal(Range a, Range b) {
        int length = a.length();
        boolean sameEnds = length == 0 || (a.at(0).equals(b.at(0)) && a.at(length - 1).equals(b.at(length - 1)));
        return length == b.length() && sameEnds;
    }

    private static boolean equal(List<Value> a, List<Value> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!equal(a.get(i), b.get(i), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNan(Value value) {
        return value instanceof Real(double number) && Double.isNaN(number);
    }

    private static boolean isInfinite(Value value) {
        return value instanceof Real(double number) && Double.isInfinite(number);
    }

    /** Of numbers that are no NaN. */
    private static int compareNumbers(Value a, Value b, Budget budget) {
        if (isInfinite(a) || isInfinite(b) || (a instanceof Real && b instanceof Real)) {
            // 0.0 and -0.0 are equal
            return Double.compare(Numbers.toDouble(a) + 0.0, Numbers.toDouble(b) + 0.0);
        }
        if (a instanceof Real || b instanceof Real) {
            budget.spendDecimal();
            return exact(a).compareTo(exact(b));
        }
        return Numbers.integer(a).orElseThrow().compareTo(Numbers.integer(b).orElseThrow());
    }

    private static BigDecimal exact(Value number) {
        return number instanceof Real(double value)
                ? new BigDecimal(value)
                : new BigDecimal(Numbers.integer(number).orElseThrow());
    }

    static boolean holds(Order order, Value a, Value b, Budget budget) {
        budget.enter();
        boolean holds = holdsAt(order, a, b, budget);
        budget.leave();
        return holds;
    }

    private static boolean holdsAt(Order order, Value a, Value b, Budget budget) {
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return !isNan(a) && !isNan(b) && order.holds(compareNumbers(a, b, budget));
        }
        if (a instanceof Text x && b instanceof Text y) {
            budget.spend(1 + Math.min(x.characters().length(), y.characters().length()) / 8);
            return order.holds(compare(x.characters(), y.characters()));
        }
        if (a instanceof ListOf(List<Value> x) && b instanceof ListOf(List<Value> y)) {
            return holds(order, x, y, budget);
        }
        if (a instanceof TupleOf x && b instanceof TupleOf y) {
            return holds(order, x.items(), y.items(), budget);
        }
        Types.requireDefined(a);
        Types.requireDefined(b);
        throw Failure.runtime("'" + order.symbol + "' not supported between instances of '" + Types.name(a) + "' and '"
                + Types.name(b) + "'");
    }

    private static boolean holds(Order order, List<Value> a, List<Value> b, Budget budget) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            if (!equal(a.get(i), b.get(i), budget)) {
                return holds(order, a.get(i), b.get(i), budget);
            }
        }
        return order.holds(Integer.compare(a.size(), b.size()));
    }

    /** By code points; Java's own order is that of UTF-16. */
    private static int compare(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        if (at == a.length() || at == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        boolean inside = at > 0 && Character.isLowSurrogate(a.charAt(at)) && Character.isLowSurrogate(b.charAt(at));
        int from = inside ? at - 1 : at;
        return Integer.compare(a.codePointAt(from), b.codePointAt(from));
    }

    /** {@return whether Python's {@code in} holds} */
    static boolean contains(Value container, Value item, Budget budget) {
        return switch (container) {
            case Text text -> contains(text, item, budget);
            case Dict dict -> dict.get(item, budget).isPresent();
            case View(View.Kind kind, Dict dict) when kind == View.Kind.KEYS -> dict.get(item, budget).isPresent();
            default -> isAmong(container, item, budget);
        };
    }

    private static boolean contains(Text text, Value item, Budget budget) {
        if (!(item instanceof Text part)) {
            throw Failure.runtime("'in <string>' requires string as left operand, not " + Types.name(item));
        }
        budget.spendSearch(text.characters().length(), part.characters().length());
        return text.characters().contains(part.characters());
    }

    private static boolean isAmong(Value container, Value item, Budget budget) {
        if (!Iteration.isIterable(container)) {
            throw Failure.runtime("argument of type '" + Types.name(container) + "' is not iterable");
        }
        for (Iterator<Value> each = Iteration.over(container, budget); each.hasNext();) {
            if (equal(each.next(), item, budget)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return the values in Python's order, equals in the order in which they were}
     *
     * @param key what of each value is compared
     */
    static List<Value> sorted(List<Value> values, Function<Value, Value> key, boolean reverse, Budget budget) {
        record Keyed(Value key, Value value) {}
        List<Keyed> keyed = new ArrayList<>(values.size());
        values.forEach(value -> keyed.add(new Keyed(key.apply(value), value)));
        List<Keyed> sorted = merged(keyed, (a, b) -> reverse
                ? holds(Order.LESS, a.key(), b.key(), budget)
                : holds(Order.LESS, b.key(), a.key(), budget));
        return sorted.stream().map(Keyed::value).toList();
    }

    /** Whether the second of two must go before the first. */
    private interface Swap<T> {
        boolean needed(T first, T second);
    }

    /** Sorts by merging, which ends whatever a comparison says; Java's own sort may refuse NaN. */
    private static <T> List<T> merged(List<T> values, Swap<T> swap) {
        if (values.size() < 2) {
            return values;
        }
        List<T> left = merged(values.subList(0, values.size() / 2), swap);
        List<T> right = merged(values.subList(values.size() / 2, values.size()), swap);
        List<T> all = new ArrayList<>(values.size());
        int taken = 0;
        for (T next : right) {
            while (taken < left.size() && !swap.needed(left.get(taken), next)) {
                all.add(left.get(taken++));
            }
            all.add(next);
        }
        all.addAll(left.subList(taken, left.size()));
        return all;
    }
}
