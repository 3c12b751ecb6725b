package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Callable;
import dev.cria.chat.jinja.Value.Range;
import dev.cria.chat.jinja.Value.TupleOf;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The functions that every template has. */
final class Globals {
    /** As in Jinja2's sandbox. */
    private static final int LONGEST_RANGE = 100_000;

    private static final Map<String, Value> ALL = Map.of("range", new Function("range", Globals::range), "dict",
            new Function("dict", (run, arguments) -> dictionary("dict", run, arguments)), "namespace",
            new Function("namespace", (run, arguments) -> namespace(dictionary("namespace", run, arguments))),
            "cycler", new Function("cycler", (run, arguments) -> new Cycler(arguments)), "joiner",
            new Function("joiner", (run, arguments) -> new Joiner(arguments)), "lipsum",
            new Function("lipsum", (run, arguments) -> {
                throw Failure.runtime("lipsum() is not supported: it makes a random text");
            }), "raise_exception", new Function("raise_exception", Globals::raise), "strftime_now",
            new Function("strftime_now", (run, arguments) -> Clock.format(run.now(),
                    Signature.of("strftime_now", 1, "format").bind(arguments).text(0), run.budget())));

    private Globals() {}

    static Optional<Value> named(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    /** A function with a name. */
    private record Function(String name, Method.Body body) implements Callable {
        @Override
        public Value call(Run run, Arguments arguments) {
            return body.call(run, arguments);
        }

        @Override
        public String representation() {
            return "<function " + name + ">";
        }
    }

    private static Value raise(Run run, Arguments arguments) {
        Bound message = Signature.of("raise_exception", 1, "message").bind(arguments);
        throw Failure.raised(PythonText.str(message.required(0), run.budget()).characters());
    }

    private static Value range(Run run, Arguments arguments) {
        Bound bounds = Signature.positional("range", 1, 3).bind(arguments);
        boolean one = bounds.get(1).isEmpty();
        BigInteger start = one ? BigInteger.ZERO : whole(bounds.required(0));
        BigInteger stop = whole(bounds.required(one ? 0 : 1));
        BigInteger step = bounds.get(2).map(Globals::whole).orElse(BigInteger.ONE);
        if (step.signum() == 0) {
            throw Failure.runtime("range() arg 3 must not be zero");
        }
        BigInteger span = step.signum() > 0 ? stop.subtract(start) : start.subtract(stop);
        BigInteger length = span.add(step.abs()).subtract(BigInteger.ONE).divide(step.abs());
        if (length.compareTo(BigInteger.valueOf(LONGEST_RANGE)) > 0 || start.bitLength() > 60 || stop.bitLength() > 60
                || step.bitLength() > 60) {
            throw Failure.runtime("Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + LONGEST_RANGE
                    + ").");
        }
        return new Range(start.longValue(), stop.longValue(), step.longValue());
    }

    private static BigInteger whole(Value value) {
        Types.requireDefined(value);
        return Numbers.integer(value).orElseThrow(() -> Failure
                .runtime("'" + Types.name(value) + "' object cannot be interpreted as an integer"));
    }

    private static Dict dictionary(String function, Run run, Arguments arguments) {
        if (arguments.positional().size() > 1) {
            throw Failure.runtime(function + " expected at most 1 argument, got " + arguments.positional().size());
        }
        Dict dictionary = new Dict();
        for (Value source : arguments.positional()) {
            if (source instanceof Dict other) {
                run.budget().spendElements(other.size());
                other.entries().forEach(entry -> dictionary.put(entry.key(), entry.value(), run.budget()));
            } else {
                for (Iterator<Value> each = Iteration.over(source, run.budget()); each.hasNext();) {
                    List<Value> pair = Iteration.toList(each.next(), run.budget());
                    if (pair.size() != 2) {
                        throw Failure.runtime("dictionary update sequence element #" + dictionary.size()
                                + " has length " + pair.size() + "; 2 is required");
                    }
                    dictionary.put(pair.get(0), pair.get(1), run.budget());
                }
            }
        }
        arguments.named().forEach((name, value) -> dictionary.put(Text.of(name, Text.OUTSIDE), value,
                run.budget()));
        return dictionary;
    }

    private static Value namespace(Dict attributes) {
        Namespace namespace = new Namespace();
        for (Dict.Entry entry : attributes.entries()) {
            // others cannot be asked for
            if (entry.key() instanceof Text name) {
                namespace.set(name.characters(), entry.value());
            }
        }
        return namespace;
    }

    /** Gives one value after another, over and over. */
    private static final class Cycler implements Value.HasAttributes {
        private final List<Value> items;
        private int position;

        Cycler(Arguments arguments) {
            items = arguments.positional();
            if (items.isEmpty()) {
                throw Failure.runtime("at least one item has to be provided");
            }
        }

        @Override
        public Optional<Value> attribute(String name) {
            return switch (name) {
                case "current" -> Optional.of(items.get(position));
                case "next" -> Optional.of(new Method(this, name, (run, arguments) -> {
                    Value current = items.get(position);
                    position = (position + 1) % items.size();
                    return current;
                }));
                case "reset" -> Optional.of(new Method(this, name, (run, arguments) -> {
                    position = 0;
                    return None.NONE;
                }));
                case "items" -> Optional.of(new TupleOf(items));
                case "pos" -> Optional.of(Value.Int.of(position));
                default -> Optional.empty();
            };
        }

        @Override
        public String representation() {
            return "<Cycler>";
        }
    }

    /** Gives nothing at first, and a separator from then on. */
    private static final class Joiner implements Callable {
        private final Value separator;
        private boolean used;

        Joiner(Arguments arguments) {
            separator = Signature.of("joiner", 0, "sep").bind(arguments).get(0).orElse(Text.of(", "));
        }

        @Override
        public Value call(Run run, Arguments arguments) {
            if (used) {
                return separator;
            }
            used = true;
            return Text.EMPTY;
        }

        @Override
        public String representation() {
            return "<Joiner>";
        }
    }
}
