package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Real;
import dev.cria.chat.jinja.Value.TupleOf;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The filter {@code tojson} as transformers defines it: Python's {@code json.dumps}, not escaped for HTML. All that it
 * writes counts as from outside.
 */
final class Json {
    private static final Signature SIGNATURE = Signature.of("tojson", 0, "ensure_ascii", "indent", "separators",
            "sort_keys");

    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final boolean ascii;
    private final boolean sorted;
    /** What one level is indented by; nothing if all stands on one line. */
    private final Optional<String> indent;
    private final String itemSeparator;
    private final String keySeparator;
    private int level;

    private Json(Bound arguments, Budget budget) {
        this.budget = budget;
        ascii = arguments.flag(0);
        indent = arguments.unlessNone(1).map(Json::indent);
        sorted = arguments.flag(3);
        if (arguments.unlessNone(2).isPresent()) {
            List<Value> separators = Iteration.toList(arguments.required(2), budget);
            if (separators.size() != 2 || !(separators.get(0) instanceof Text item)
                    || !(separators.get(1) instanceof Text key)) {
                throw Failure.runtime("tojson() needs two texts as separators");
            }
            itemSeparator = item.characters();
            keySeparator = key.characters();
        } else {
            itemSeparator = indent.isPresent() ? "," : ", ";
            keySeparator = ": ";
        }
    }

    static Text write(Run run, Value value, Arguments arguments) {
        Json json = new Json(SIGNATURE.bind(arguments), run.budget());
        json.write(value);
        return Text.of(json.out.toString(), Text.OUTSIDE);
    }

    private static String indent(Value indent) {
        return indent instanceof Text text
                ? text.characters()
                : " ".repeat(Math.clamp(Bound.integer(indent), 0, 100));
    }

    private void add(String text) {
        budget.spendText(text.length(), out.length());
        out.append(text);
    }

    private void write(Value value) {
        budget.enter();
        switch (value) {
            case Text text -> add(quoted(text.characters()));
            case None _ -> add("null");
            case Bool bool -> add(bool == Bool.TRUE ? "true" : "false");
            case Int(BigInteger number) -> add(number.toString());
            case Real(double number) -> add(real(number));
            case ListOf(List<Value> items) -> list(items);
            case TupleOf tuple -> list(tuple.items());
            case Dict dict -> write(dict);
            default -> throw Failure
                    .runtime("Object of type " + Types.name(value) + " is not JSON serializable");
        }
        budget.leave();
    }

    private static String real(double number) {
        return Double.isNaN(number)
                ? "NaN"
                : Double.isInfinite(number) ? number > 0 ? "Infinity" : "-Infinity" : Numbers.write(number);
    }

    private void list(List<Value> items) {
        bracket("[", items, this::write, "]");
    }

    private void write(Dict dict) {
        List<Value> keys = dict.entries().stream().map(Dict.Entry::key).toList();
        bracket("{", sorted ? Comparison.sorted(keys, Function.identity(), false, budget) : keys, key -> {
            add(quoted(key(key)));
            add(keySeparator);
            write(dict.get(key, budget).orElseThrow());
        }, "}");
    }

    private <T> void bracket(String begin, List<T> items, Consumer<T> writer, String end) {
        add(begin);
        level++;
        String separator = "";
        for (T item : items) {
            add(separator);
            newLine();
            writer.accept(item);
            separator = itemSeparator;
        }
        level--;
        if (!items.isEmpty()) {
            newLine();
        }
        add(end);
    }

    private void newLine() {
        if (indent.isPresent()) {
            budget.spendText((long) indent.get().length() * level, out.length());
            add("\n" + indent.get().repeat(level));
        }
    }

    private static String key(Value key) {
        return switch (key) {
            case Text text -> text.characters();
            case None _ -> "null";
            case Bool bool -> bool == Bool.TRUE ? "true" : "false";
            case Int(BigInteger number) -> number.toString();
            case Real(double number) -> real(number);
            default -> throw Failure
                    .runtime("keys must be str, int, float, bool or None, not " + Types.name(key));
        };
    }

    private String quoted(String text) {
        budget.spendText(text.length(), out.length());
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                default -> {
                    if (c < 0x20 || (ascii && c > 0x7e)) {
                        quoted.append("\\u%04x".formatted((int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
