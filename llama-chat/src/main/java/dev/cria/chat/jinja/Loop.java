package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Callable;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What {@code loop} is inside a loop. It looks no further ahead than it is asked to. */
final class Loop implements Callable {
    private final int depth;
    /** Writes the loop for other items; empty where the loop is not marked as recursive. */
    private final Optional<Function<Value, Value>> recursion;
    private Iterator<Value> items;
    /** Number of all items; below 0 if it is not known yet. */
    private int length;
    private int index = -1;
    private Optional<Value> previous = Optional.empty();
    private Optional<Value> current = Optional.empty();
    private Optional<Value> ahead = Optional.empty();
    private Optional<Value> lastChanged = Optional.empty();

    Loop(Iterator<Value> items, int length, int depth, Optional<Function<Value, Value>> recursion) {
        this.items = items;
        this.length = length;
        this.depth = depth;
        this.recursion = recursion;
    }

    /** Goes to the next item. {@return whether there is one} */
    boolean next() {
        Optional<Value> next = peek();
        if (next.isPresent()) {
            previous = current;
            current = next;
            ahead = Optional.empty();
            index++;
        }
        return next.isPresent();
    }

    private Optional<Value> peek() {
        if (ahead.isEmpty() && items.hasNext()) {
            ahead = Optional.of(items.next());
        }
        return ahead;
    }

    Value current() {
        return current.orElseThrow();
    }

    /** {@return the number of all items, for which it may have to look at them all} */
    int length() {
        if (length < 0) {
            List<Value> rest = new ArrayList<>();
            items.forEachRemaining(rest::add);
            length = index + 1 + (ahead.isPresent() ? 1 : 0) + rest.size();
            items = rest.iterator();
        }
        return length;
    }

    @Override
    public Optional<Value> attribute(String name) {
        return switch (name) {
            case "index" -> Optional.of(Int.of(index + 1));
            case "index0" -> Optional.of(Int.of(index));
            case "revindex" -> Optional.of(Int.of(length() - index));
            case "revindex0" -> Optional.of(Int.of(length() - index - 1));
            case "first" -> Optional.of(Bool.of(index == 0));
            case "last" -> Optional.of(Bool.of(peek().isEmpty()));
            case "length" -> Optional.of(Int.of(length()));
            case "depth" -> Optional.of(Int.of(depth + 1));
            case "depth0" -> Optional.of(Int.of(depth));
            case "previtem" -> Optional.of(previous.orElse(new Undefined("there is no previous item", false)));
            case "nextitem" -> Optional.of(peek().orElse(new Undefined("there is no next item", false)));
            case "cycle" -> Optional.of(new Method(this, name, (run, arguments) -> {
                List<Value> values = arguments.positional();
                if (values.isEmpty()) {
                    throw Failure.runtime("no items for cycling given");
                }
                return values.get(index % values.size());
            }));
            case "changed" -> Optional.of(new Method(this, name, (run, arguments) -> {
                Value now = new TupleOf(arguments.positional());
                boolean same = lastChanged.isPresent() && Comparison.equal(lastChanged.get(), now, run.budget());
                lastChanged = Optional.of(now);
                return Bool.of(!same);
            }));
            default -> Optional.empty();
        };
    }

    @Override
    public Value call(Run run, Arguments arguments) {
        Value items = Signature.of("loop", 1, "iterable").bind(arguments).required(0);
        return recursion.orElseThrow(() -> Failure
                .runtime("The loop must have the 'recursive' marker to be called recursively.")).apply(items);
    }

    @Override
    public String representation() {
        return "<LoopContext " + (index + 1) + "/" + length() + ">";
    }
}
