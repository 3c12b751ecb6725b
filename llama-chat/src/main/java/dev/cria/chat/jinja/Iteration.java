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
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/** Going through values, and their lengths. */
final class Iteration {
    private Iteration() {}

    static boolean isIterable(Value value) {
        return switch (value) {
            case Text _,ListOf _,TupleOf _,Dict _,Range _,View _,Generator _,Undefined _ -> true;
            case None _,Bool _,Int _,Real _,HasAttributes _ -> false;
        };
    }

    /** {@return Python's {@code iter} of a value} */
    static Iterator<Value> over(Value value, Budget budget) {
        return switch (value) {
            case ListOf(List<Value> items) -> items.iterator();
            case TupleOf tuple -> tuple.items().iterator();
            case Text text -> characters(text, budget).iterator();
            case Dict dict -> Lazy.mapped(dict.entries().iterator(), Dict.Entry::key);
            case View(View.Kind kind, Dict dict) -> Lazy.mapped(dict.entries().iterator(), entry -> switch (kind) {
                case KEYS -> entry.key();
                case VALUES -> entry.value();
                case ITEMS -> new TupleOf(List.of(entry.key(), entry.value()));
            });
            case Range range -> IntStream.range(0, range.length()).mapToObj(i -> (Value) range.at(i)).iterator();
            case Generator generator -> generator.iterator();
            case Undefined _ -> Collections.emptyIterator();
            default -> throw Failure.runtime("'" + Types.name(value) + "' object is not iterable");
        };
    }

    private static List<Value> characters(Text text, Budget budget) {
        String all = text.characters();
        budget.spendElements(all.length());
        List<Value> characters = new ArrayList<>(all.length());
        for (int at = 0, next; at < all.length(); at = next) {
            next = at + Character.charCount(all.codePointAt(at));
            characters.add(text.substring(at, next));
        }
        return characters;
    }

    /** {@return Python's {@code list} of a value} */
    static List<Value> toList(Value value, Budget budget) {
        List<Value> list = new ArrayList<>();
        for (Iterator<Value> each = over(value, budget); each.hasNext();) {
            budget.spendElements(1);
            list.add(each.next());
        }
        return list;
    }

    /** {@return the values from last to first, where Python's {@code reversed} can} */
    static List<Value> reversed(Value value, Budget budget) {
        return switch (value) {
            case ListOf _,TupleOf _,Text _,Dict _,Range _,View _,Undefined _ ->
                toList(value, budget).reversed();
            default -> throw Failure.runtime("'" + Types.name(value) + "' object is not reversible");
        };
    }

    static boolean hasLength(Value value) {
        return switch (value) {
            case Text _,ListOf _,TupleOf _,Dict _,Range _,View _,Undefined _,Loop _ -> true;
            case None _,Bool _,Int _,Real _,Generator _,HasAttributes _ -> false;
        };
    }

    /** {@return Python's {@code len} of a value} */
    static int length(Value value) {
        return switch (value) {
            case Text text -> text.length();
            case ListOf(List<Value> items) -> items.size();
            case TupleOf tuple -> tuple.items().size();
            case Dict dict -> dict.size();
            case Range range -> range.length();
            case View(_, Dict dict) -> dict.size();
            case Undefined _ -> 0;
            case Loop loop -> loop.length();
            default -> throw Failure.runtime("object of type '" + Types.name(value) + "' has no len()");
        };
    }
}
