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
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Values as Python prints them. What stands inside a list or a dictionary counts as from outside, brackets and quotes
 * too.
 */
final class PythonText {
    private final StringBuilder out = new StringBuilder();
    private final Budget budget;

    private PythonText(Budget budget) {
        this.budget = budget;
    }

    /** {@return Python's {@code str} of a value} */
    static Text str(Value value, Budget budget) {
        return switch (value) {
            case Text text -> text;
            case Undefined _ -> Text.EMPTY;
            case None _,Bool _,Int _,Real _ -> Text.of(repr(value, budget));
            default -> Text.of(repr(value, budget), Text.OUTSIDE);
        };
    }

    /** {@return Python's {@code repr} of a value} */
    static String repr(Value value, Budget budget) {
        PythonText text = new PythonText(budget);
        text.write(value);
        return text.out.toString();
    }

    private void add(String text) {
        budget.spendText(text.length(), out.length());
        out.append(text);
    }

    private void write(Value value) {
        budget.enter();
        switch (value) {
            case None _ -> add("None");
            case Bool bool -> add(bool == Bool.TRUE ? "True" : "False");
            case Int(BigInteger number) -> add(number.toString());
            case Real(double number) -> add(Numbers.write(number));
            case Text text when text.isMarkup() -> add("Markup(" + quoted(text.characters(), budget) + ")");
            case Text text -> add(quoted(text.characters(), budget));
            case ListOf(List<Value> items) -> list("[", items.iterator(), "]");
            case TupleOf tuple -> list("(", tuple.items().iterator(), tuple.items().size() == 1 ? ",)" : ")");
            case Dict dict -> write(dict);
            case Range(long start, long stop, long step) ->
                add("range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")");
            case View view -> list(Types.name(view) + "([", Iteration.over(view, budget), "])");
            case Generator(String type, _) -> add("<" + type + " object>");
            case Undefined _ -> add("Undefined");
            case Namespace namespace -> write(namespace);
            case HasAttributes other -> add(other.representation());
        }
        budget.leave();
    }

    private void list(String begin, Iterator<Value> items, String end) {
        add(begin);
        for (String separator = ""; items.hasNext(); separator = ", ") {
            add(separator);
            write(items.next());
        }
        add(end);
    }

    private void write(Dict dict) {
        add("{");
        String separator = "";
        for (Dict.Entry entry : dict.entries()) {
            add(separator);
            write(entry.key());
            add(": ");
            write(entry.value());
            separator = ", ";
        }
        add("}");
    }

    private void write(Namespace namespace) {
        add("<Namespace {");
        String separator = "";
        for (Map.Entry<String, Value> attribute : namespace.attributes().entrySet()) {
            add(separator + quoted(attribute.getKey(), budget) + ": ");
            write(attribute.getValue());
            separator = ", ";
        }
        add("}>");
    }

    private static String quoted(String text, Budget budget) {
        budget.spendText(text.length(), 0);
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\\' -> quoted.append("\\\\");
                default -> {
                    if (c == quote) {
                        quoted.append('\\').append(quote);
                    } else if (Characters.isPrintable(c)) {
                        quoted.appendCodePoint(c);
                    } else {
                        quoted.append((c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
                    }
                }
            }
        });
        return quoted.append(quote).toString();
    }
}
