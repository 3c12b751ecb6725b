package dev.cria.junit;

import dev.cria.model.generation.GenerationResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a model was asked in a test, and what it answered. A class of tests has exchanges too: what was asked before and
 * after its tests. Thread-safe.
 */
final class Exchanges {
    private static final Namespace NAMESPACE = Namespace.create(Exchanges.class);
    /** One for all, because exchanges find those above and below them. */
    private static final Object LOCK = new Object();

    /** Those of the class or the factory that the test belongs to. */
    private final Optional<Exchanges> above;
    /** Those below that are active. */
    private final SequencedSet<Exchanges> running = new LinkedHashSet<>();
    private final List<GenerationResult> results = new ArrayList<>();
    /** 1 while this very test runs, and 1 for each of those below that are active. */
    private int active;

    private Exchanges(Optional<Exchanges> above) {
        this.above = above;
    }

    /** {@return the exchanges of a test, a class of tests or another context} */
    static Exchanges of(ExtensionContext context) {
        Optional<Exchanges> above = context.getParent().map(Exchanges::of);
        // a store shows what the stores above it hold, so the key is the context's own
        return context.getStore(NAMESPACE).getOrComputeIfAbsent(context.getUniqueId(), _ -> new Exchanges(above),
                Exchanges.class);
    }

    static Exchanges ofNoTest() {
        return new Exchanges(Optional.empty());
    }

    /** {@return exchanges of a part of this test, which are not shown with its failure} */
    Exchanges part() {
        return new Exchanges(Optional.of(this));
    }

    /** Says that this test begins. */
    void begin() {
        synchronized (LOCK) {
            active++;
            if (active == 1) {
                above.ifPresent(exchanges -> {
                    exchanges.running.add(this);
                    exchanges.begin();
                });
            }
        }
    }

    /** Says that this test has ended. */
    void end() {
        synchronized (LOCK) {
            if (active > 0 && --active == 0) { // what never began, because something before it failed, ends too
                above.ifPresent(exchanges -> {
                    exchanges.running.remove(this);
                    exchanges.end();
                });
            }
        }
    }

    /**
     * Notes what a model answered that was given to this test or class. It belongs to the test in whose thread it was
     * asked. If that is no test's thread, it belongs to the one test that is running; if there are several, to none.
     */
    void note(GenerationResult result) {
        synchronized (LOCK) {
            TestScope.current().map(TestScope::exchanges).orElseGet(this::ofTheOneThatRuns).results.add(result);
        }
    }

    private Exchanges ofTheOneThatRuns() {
        return running.size() == 1 ? running.getFirst().ofTheOneThatRuns() : this;
    }

    List<GenerationResult> results() {
        synchronized (LOCK) {
            return List.copyOf(results);
        }
    }
}
