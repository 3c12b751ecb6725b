package dev.cria.chat.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Values that are picked and changed when they are asked for. */
final class Lazy implements Iterator<Value> {
    private final Iterator<Value> items;
    private final Predicate<Value> kind;
    private final Function<Value, Value> change;
    private final Budget budget;
    private Optional<Value> next = Optional.empty();

    /** Those of some values that are of a kind. */
    Lazy(Iterator<Value> items, Budget budget, Predicate<Value> kind) {
        this(items, budget, kind, Function.identity());
    }

    private Lazy(Iterator<Value> items, Budget budget, Predicate<Value> kind, Function<Value, Value> change) {
        this.items = items;
        this.kind = kind;
        this.change = change;
        this.budget = budget;
    }

    /** {@return all values, changed} */
    static Lazy changed(Iterator<Value> items, Budget budget, Function<Value, Value> change) {
        return new Lazy(items, budget, item -> true, change);
    }

    /** {@return values that are made of others one by one} */
    static <T> Iterator<Value> mapped(Iterator<T> items, Function<T, Value> change) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Value next() {
                return change.apply(items.next());
            }
        };
    }

    /** {@return values that are made when the first is asked for} */
    static Iterator<Value> deferred(Budget budget, Supplier<Iterator<Value>> maker) {
        return new Iterator<>() {
            private Optional<Iterator<Value>> items = Optional.empty();

            @Override
            public boolean hasNext() {
                budget.enter();
                if (items.isEmpty()) {
                    items = Optional.of(maker.get());
                }
                boolean hasNext = items.get().hasNext();
                budget.leave();
                return hasNext;
            }

            @Override
            public Value next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return items.orElseThrow().next();
            }
        };
    }

    @Override
    public boolean hasNext() {
        // the items may be lazy themselves, and so on
        budget.enter();
        while (next.isEmpty() && items.hasNext()) {
            budget.spend(1);
            next = Optional.of(items.next()).filter(kind).map(change);
        }
        budget.leave();
        return next.isPresent();
    }

    @Override
    public Value next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Value value = next.orElseThrow();
        next = Optional.empty();
        return value;
    }
}
