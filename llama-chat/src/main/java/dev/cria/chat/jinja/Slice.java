package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Range;
import dev.cria.chat.jinja.Value.TupleOf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Python's {@code value[start:stop:step]}; what is missing is None. */
record Slice(Value start, Value stop, Value step) {
    /** {@return where a bound lies in a sequence: from its end if below 0, and within it} */
    static int bound(Value bound, int fallback, int length) {
        return bound == None.NONE ? fallback : within(index(bound), 0, length, length);
    }

    /** {@return where a lower bound lies in a sequence; beyond its end if it is larger} */
    static int lowerBound(Value bound, int length) {
        return bound == None.NONE ? 0 : within(index(bound), 0, Integer.MAX_VALUE, length);
    }

    private static int index(Value bound) {
        Types.requireDefined(bound);
        if (Numbers.integer(bound).isEmpty()) {
            throw Failure.runtime("slice indices must be integers or None or have an __index__ method");
        }
        return Bound.integer(bound);
    }

    private static int within(int index, int least, int most, int length) {
        return Math.clamp(index < 0 ? (long) index + length : index, least, most);
    }

    Value of(Value value, Budget budget) {
        return switch (value) {
            case Text text -> slice(text, budget);
            case ListOf(List<Value> items) -> new ListOf(pick(items.size(), items::get, budget));
            case TupleOf tuple -> new TupleOf(pick(tuple.items().size(), tuple.items()::get, budget));
            case Range range -> {
                int by = stride();
                int first = first(by, range.length());
                int end = end(by, range.length());
                yield new Range(range.start() + first * range.step(), range.start() + end * range.step(),
                        range.step() * by);
            }
            case Dict _ -> throw Failure.runtime("unhashable type: 'slice'");
            default -> {
                Types.requireDefined(value);
                throw Failure.runtime("'" + Types.name(value) + "' object is not subscriptable");
            }
        };
    }

    private Text slice(Text text, Budget budget) {
        int length = text.length();
        int by = stride();
        if (by == 1) {
            int from = bound(start, 0, length);
            int to = bound(stop, length, length);
            budget.spendText(length, 0);
            return from >= to ? Text.EMPTY : text.substring(text.index(from), text.index(to));
        }
        TextBuilder picked = new TextBuilder(budget);
        List<Value> characters = Iteration.toList(text, budget);
        for (Value character : pick(length, characters::get, budget)) {
            picked.append((Text) character);
        }
        return picked.toText().asMarkup(text.isMarkup());
    }

    private int stride() {
        int by = step == None.NONE ? 1 : index(step);
        if (by == 0) {
            throw Failure.runtime("slice step cannot be zero");
        }
        return by;
    }

    private int first(int by, int length) {
        return start == None.NONE
                ? by > 0 ? 0 : length - 1
                : by > 0 ? within(index(start), 0, length, length) : within(index(start), -1, length - 1, length);
    }

    private int end(int by, int length) {
        return stop == None.NONE
                ? by > 0 ? length : -1
                : by > 0 ? within(index(stop), 0, length, length) : within(index(stop), -1, length - 1, length);
    }

    private List<Value> pick(int length, IntFunction<Value> item, Budget budget) {
        int by = stride();
        int end = end(by, length);
        List<Value> picked = new ArrayList<>();
        for (long at = first(by, length); by > 0 ? at < end : at > end; at += by) {
            budget.spendElements(1);
            picked.add(item.apply((int) at));
        }
        return picked;
    }
}
