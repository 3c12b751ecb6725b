package dev.cria.chat.jinja;

import static dev.cria.chat.jinja.Filters.bound;

import dev.cria.chat.jinja.Comparison.Order;
import dev.cria.chat.jinja.Filters.Filter;
import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Generator;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The filters that take sequences. Those that Jinja2 makes generators of are lazy here, too. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void addTo(Map<String, Filter> all) {
        Filter length = bound(Signature.positional("length", 0, 0),
                (run, value, a) -> Int.of(Iteration.length(value)));
        all.put("length", length);
        all.put("count", length);
        all.put("list", bound(Signature.positional("list", 0, 0),
                (run, value, a) -> new ListOf(Iteration.toList(value, run.budget()))));
        all.put("first", bound(Signature.positional("first", 0, 0), (run, value, a) -> first(Iteration.over(value,
                run.budget()), "No first item, sequence was empty.")));
        all.put("last", bound(Signature.positional("last", 0, 0), (run, value, a) -> first(Iteration.reversed(value,
                run.budget()).iterator(), "No last item, sequence was empty.")));
        all.put("random", bound(Signature.positional("random", 0, 0), (run, value, a) -> {
            List<Value> items = Iteration.toList(value, run.budget());
            return items.isEmpty()
                    ? new Undefined("No random item, sequence was empty.", false)
                    : items.get(ThreadLocalRandom.current().nextInt(items.size()));
        }));
        all.put("reverse", bound(Signature.positional("reverse", 0, 0), SequenceFilters::reverse));
        lazy(all, Signature.positional("items", 0, 0), SequenceFilters::items);
        all.put("sort", bound(Signature.of("sort", 0, "reverse", "case_sensitive", "attribute"),
                SequenceFilters::sort));
        all.put("dictsort", bound(Signature.of("dictsort", 0, "case_sensitive", "by", "reverse"),
                SequenceFilters::sortDictionary));
        lazy(all, Signature.of("unique", 0, "case_sensitive", "attribute"), SequenceFilters::unique);
        all.put("min", bound(Signature.of("min", 0, "case_sensitive", "attribute"),
                (run, value, a) -> extreme(run, value, a, Order.LESS)));
        all.put("max", bound(Signature.of("max", 0, "case_sensitive", "attribute"),
                (run, value, a) -> extreme(run, value, a, Order.GREATER)));
        all.put("sum", bound(Signature.of("sum", 0, "attribute", "start"), SequenceFilters::sum));
        all.put("groupby", bound(Signature.of("groupby", 1, "attribute", "default", "case_sensitive"),
                SequenceFilters::group));
        lazy(all, Signature.of("batch", 1, "linecount", "fill_with"), SequenceFilters::batch);
        lazy(all, Signature.of("slice", 1, "slices", "fill_with"), SequenceFilters::slice);
        all.put("map", (run, value, arguments) -> generator(run, value, () -> Lazy
                .changed(Iteration.over(value, run.budget()), run.budget(), change(run, arguments))));
        all.put("select", (run, value, arguments) -> select(run, value, () -> test(run, arguments), true));
        all.put("reject", (run, value, arguments) -> select(run, value, () -> test(run, arguments), false));
        all.put("selectattr",
                (run, value, arguments) -> select(run, value, () -> testOfAttribute(run, arguments), true));
        all.put("rejectattr",
                (run, value, arguments) -> select(run, value, () -> testOfAttribute(run, arguments), false));
    }

    /** A filter that gives one value after another. */
    private interface LazyFilter {
        Iterator<Value> apply(Run run, Value value, Bound arguments);
    }

    private static void lazy(Map<String, Filter> all, Signature signature, LazyFilter filter) {
        all.put(signature.function(), bound(signature, (run, value, arguments) -> new Generator("generator",
                Lazy.deferred(run.budget(), () -> filter.apply(run, value, arguments)))));
    }

    /** {@return values that are made of others, none if those are empty or what counts as false otherwise} */
    private static Generator generator(Run run, Value value, Supplier<Iterator<Value>> maker) {
        return new Generator("generator",
                Types.isTrue(value) ? Lazy.deferred(run.budget(), maker) : Collections.emptyIterator());
    }

    private static Value first(Iterator<Value> items, String hint) {
        return items.hasNext() ? items.next() : new Undefined(hint, false);
    }

    private static Value reverse(Run run, Value value, Bound arguments) {
        if (value instanceof Text) {
            return new Slice(None.NONE, None.NONE, Int.of(-1)).of(value, run.budget());
        }
        if (value instanceof Generator) {
            return new ListOf(Iteration.toList(value, run.budget()).reversed());
        }
        if (!Iteration.isIterable(value)) {
            throw Failure.runtime("argument must be iterable");
        }
        return new Generator("reversed", Iteration.reversed(value, run.budget()).iterator());
    }

    private static Iterator<Value> items(Run run, Value value, Bound arguments) {
        if (value instanceof Undefined) {
            return Collections.emptyIterator();
        }
        if (!(value instanceof Dict dict)) {
            throw Failure.runtime("Can only get item pairs from a mapping.");
        }
        return Iteration.over(new Value.View(Value.View.Kind.ITEMS, dict), run.budget());
    }

    /** {@return a value by which others are sorted or told apart: texts in lower case, unless their case counts} */
    private static Value ignoringCase(Run run, Value value, boolean caseSensitive) {
        if (caseSensitive || !(value instanceof Text text)) {
            return value;
        }
        run.budget().spendText(text.characters().length(), 0);
        return text.map(Characters::lower);
    }

    private static Value sort(Run run, Value value, Bound arguments) {
        List<AttributePath> paths = AttributePath.several(arguments.unlessNone(2));
        boolean caseSensitive = arguments.flag(1);
        Function<Value, Value> key = item -> new ListOf(paths.stream()
                .map(path -> ignoringCase(run, path.of(item, run), caseSensitive)).toList());
        return new ListOf(Comparison.sorted(Iteration.toList(value, run.budget()), key, arguments.flag(0),
                run.budget()));
    }

    private static Value sortDictionary(Run run, Value value, Bound arguments) {
        String by = arguments.get(1).isEmpty() ? "key" : arguments.text(1).characters();
        if (!by.equals("key") && !by.equals("value")) {
            throw Failure.runtime("You can only sort by either \"key\" or \"value\"");
        }
        if (!(value instanceof Dict dict)) {
            Types.requireDefined(value);
            throw Failure.runtime("'" + Types.name(value) + "' object has no attribute 'items'");
        }
        List<Value> pairs = Iteration.toList(new Value.View(Value.View.Kind.ITEMS, dict), run.budget());
        int part = by.equals("key") ? 0 : 1;
        boolean caseSensitive = arguments.flag(0);
        return new ListOf(Comparison.sorted(pairs, pair -> ignoringCase(run, ((TupleOf) pair).items().get(part),
                caseSensitive), arguments.flag(2), run.budget()));
    }

    private static Iterator<Value> unique(Run run, Value value, Bound arguments) {
        AttributePath path = path(arguments.unlessNone(1));
        boolean caseSensitive = arguments.flag(0);
        Set<Object> seen = new HashSet<>();
        return new Lazy(Iteration.over(value, run.budget()), run.budget(),
                item -> seen.add(Comparison.key(ignoringCase(run, path.of(item, run), caseSensitive), run.budget())));
    }

    private static AttributePath path(Optional<Value> attribute) {
        return attribute.map(AttributePath::of).orElse(new AttributePath(List.of()));
    }

    private static Value extreme(Run run, Value value, Bound arguments, Order better) {
        List<Value> items = Iteration.toList(value, run.budget());
        if (items.isEmpty()) {
            return new Undefined("No aggregated item, sequence was empty.", false);
        }
        AttributePath path = path(arguments.unlessNone(1));
        boolean caseSensitive = arguments.flag(0);
        Value best = items.getFirst();
        Value bestKey = ignoringCase(run, path.of(best, run), caseSensitive);
        for (Value item : items.subList(1, items.size())) {
            Value key = ignoringCase(run, path.of(item, run), caseSensitive);
            if (Comparison.holds(better, key, bestKey, run.budget())) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value sum(Run run, Value value, Bound arguments) {
        AttributePath path = path(arguments.unlessNone(0));
        Value sum = arguments.get(1).orElse(Int.of(0));
        if (sum instanceof Text) {
            throw Failure.runtime("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Iterator<Value> each = Iteration.over(value, run.budget()); each.hasNext();) {
            run.budget().spend(1);
            sum = Arithmetic.ADD.apply(sum, path.of(each.next(), run), run);
        }
        return sum;
    }

    private static Value group(Run run, Value value, Bound arguments) {
        AttributePath path = AttributePath.of(arguments.required(0));
        Optional<Value> fallback = arguments.unlessNone(1);
        boolean caseSensitive = arguments.flag(2);
        Function<Value, Value> key = item -> ignoringCase(run, path.of(item, fallback, run), caseSensitive);
        List<Value> groups = new ArrayList<>();
        List<Value> group = new ArrayList<>();
        Value groupKey = None.NONE;
        for (Value item : Comparison.sorted(Iteration.toList(value, run.budget()), key, false, run.budget())) {
            Value itemKey = key.apply(item);
            if (group.isEmpty() || !Comparison.equal(itemKey, groupKey, run.budget())) {
                group = new ArrayList<>();
                groupKey = itemKey;
                groups.add(new TupleOf(List.of(path.of(item, fallback, run), new ListOf(group)), List.of("grouper",
                        "list")));
            }
            group.add(item);
        }
        return new ListOf(groups);
    }

    private static Iterator<Value> batch(Run run, Value value, Bound arguments) {
        int size = arguments.integer(0, 0);
        List<Value> batches = new ArrayList<>();
        List<Value> batch = new ArrayList<>();
        for (Iterator<Value> each = Iteration.over(value, run.budget()); each.hasNext();) {
            run.budget().spendElements(1);
            if (batch.size() == size) {
                batches.add(new ListOf(batch));
                batch = new ArrayList<>();
            }
            batch.add(each.next());
        }
        if (!batch.isEmpty()) {
            Optional<Value> filler = arguments.unlessNone(1);
            if (filler.isPresent()) {
                run.budget().spendElements(Math.max(0, size - batch.size()));
                batch.addAll(Collections.nCopies(Math.max(0, size - batch.size()), filler.get()));
            }
            batches.add(new ListOf(batch));
        }
        return batches.iterator();
    }

    private static Iterator<Value> slice(Run run, Value value, Bound arguments) {
        List<Value> items = Iteration.toList(value, run.budget());
        int slices = arguments.integer(0, 0);
        if (slices == 0) {
            throw Failure.runtime("integer division or modulo by zero");
        }
        run.budget().spendElements(Math.max(0, slices));
        List<Value> all = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < slices; i++) {
            int size = items.size() / slices + (i < items.size() % slices ? 1 : 0);
            List<Value> slice = new ArrayList<>(items.subList(at, at + size));
            at += size;
            if (i >= items.size() % slices) {
                arguments.unlessNone(1).ifPresent(slice::add);
            }
            all.add(new ListOf(slice));
        }
        return all.iterator();
    }

    private static Function<Value, Value> change(Run run, Arguments arguments) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Bound bound = Signature.of("map", 0, "attribute", "default").bind(arguments);
            AttributePath path = path(bound.unlessNone(0));
            Optional<Value> fallback = bound.unlessNone(1);
            return item -> path.of(item, fallback, run);
        }
        Filter filter = Filters.named(name("map", arguments)).orElseThrow(
                () -> Failure.runtime("No filter named '" + name("map", arguments) + "'."));
        return item -> filter.apply(run, item, arguments.from(1));
    }

    private static String name(String filter, Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw Failure.runtime(filter + " requires a filter argument");
        }
        return Signature.of(filter, 1, "name").bind(Arguments.of(arguments.positional().getFirst())).text(0)
                .characters();
    }

    private static Predicate<Value> test(Run run, Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            return Types::isTrue;
        }
        String name = name("select", arguments);
        Tests.Test test = Tests.named(name).orElseThrow(() -> Failure.runtime("No test named '" + name + "'."));
        return value -> test.holds(run, value, arguments.from(1));
    }

    private static Predicate<Value> testOfAttribute(Run run, Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw Failure.runtime("Missing parameter for attribute name");
        }
        AttributePath path = AttributePath.of(arguments.positional().getFirst());
        Predicate<Value> test = test(run, arguments.from(1));
        return value -> test.test(path.of(value, run));
    }

    private static Value select(Run run, Value value, Supplier<Predicate<Value>> maker, boolean wanted) {
        return generator(run, value, () -> {
            Predicate<Value> test = maker.get();
            return new Lazy(Iteration.over(value, run.budget()), run.budget(), item -> test.test(item) == wanted);
        });
    }
}
