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

/** Types of values, and what Python asks of any of them. */
final class Types {
    private Types() {}

    /** {@return the name that Python has for the type of a value} */
    static String name(Value value) {
        return switch (value) {
            case None _ -> "NoneType";
            case Bool _ -> "bool";
            case Int _ -> "int";
            case Real _ -> "float";
            case Text text -> text.isMarkup() ? "Markup" : "str";
            case ListOf _ -> "list";
            case TupleOf _ -> "tuple";
            case Dict _ -> "dict";
            case Range _ -> "range";
            case View(View.Kind kind, _) -> switch (kind) {
                case KEYS -> "dict_keys";
                case VALUES -> "dict_values";
                case ITEMS -> "dict_items";
            };
            case Generator generator -> generator.type();
            case Undefined _ -> "Undefined";
            case HasAttributes other -> other.getClass().getSimpleName();
        };
    }

    /** {@return whether a value counts as true} */
    static boolean isTrue(Value value) {
        return switch (value) {
            case None _,Undefined _ -> false;
            case Bool bool -> bool == Bool.TRUE;
            case Int(BigInteger number) -> number.signum() != 0;
            case Real(double number) -> number != 0;
            case Text text -> !text.isEmpty();
            case ListOf(var items) -> !items.isEmpty();
            case TupleOf tuple -> !tuple.items().isEmpty();
            case Dict dict -> dict.size() > 0;
            case Range range -> range.length() > 0;
            case View(_, Dict dict) -> dict.size() > 0;
            case Generator _,HasAttributes _ -> true;
        };
    }

    /** {@return a text for a message} */
    static String shortened(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
    }

    /** Fails if a value is undefined. */
    static void requireDefined(Value value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
    }
}
