package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.View;
import java.util.List;
import java.util.Optional;

/** The methods of lists, tuples and dictionaries that do not change them. */
final class CollectionMethods {
    private CollectionMethods() {}

    static Optional<Value> ofSequence(Value self, List<Value> items, String name) {
        return switch (name) {
            case "index" -> method(self, Signature.positional(name, 1, 3), (run, a) -> {
                int from = Slice.bound(a.get(1).orElse(None.NONE), 0, items.size());
                int to = Slice.bound(a.get(2).orElse(None.NONE), items.size(), items.size());
                for (int i = from; i < to; i++) {
                    if (Comparison.equal(items.get(i), a.required(0), run.budget())) {
                        return Int.of(i);
                    }
                }
                throw Failure.runtime(PythonText.repr(a.required(0), run.budget()) + " is not in list");
            });
            case "count" -> method(self, Signature.positional(name, 1, 1), (run, a) -> Int.of(items.stream()
                    .filter(item -> Comparison.equal(item, a.required(0), run.budget())).count()));
            case "copy" -> self instanceof ListOf
                    ? method(self, Signature.positional(name, 0, 0), (run, a) -> new ListOf(items))
                    : Optional.empty();
            default -> Optional.empty();
        };
    }

    static Optional<Value> ofDictionary(Dict self, String name) {
        return switch (name) {
            case "get" -> method(self, Signature.positional(name, 1, 2),
                    (run, a) -> self.get(a.required(0), run.budget()).or(() -> a.get(1)).orElse(None.NONE));
            case "keys" -> view(self, name, View.Kind.KEYS);
            case "values" -> view(self, name, View.Kind.VALUES);
            case "items" -> view(self, name, View.Kind.ITEMS);
            case "copy" -> method(self, Signature.positional(name, 0, 0), (run, a) -> self.copy());
            default -> Optional.empty();
        };
    }

    private static Optional<Value> view(Dict self, String name, View.Kind kind) {
        return method(self, Signature.positional(name, 0, 0), (run, a) -> new View(kind, self));
    }

    /** What a method does with its arguments by parameter. */
    private interface BoundBody {
        Value call(Run run, Bound arguments);
    }

    private static Optional<Value> method(Value self, Signature signature, BoundBody body) {
        return Optional.of(new Method(self, signature.function(),
                (run, arguments) -> body.call(run, signature.bind(arguments))));
    }
}
