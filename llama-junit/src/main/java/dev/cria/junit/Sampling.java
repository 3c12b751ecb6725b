package dev.cria.junit;

import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext;

/** How tokens are chosen, where not as the class of tests says. */
record Sampling(double temperature, long seed) {
    private static final Namespace NAMESPACE = Namespace.create(Sampling.class);

    private static Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }

    /** Lets a test choose tokens so. */
    void begin(ExtensionContext test) {
        store(test).put(Sampling.class, this);
    }

    /**
     * Lets the test that this thread makes an instance for choose tokens so. JUnit may give its constructor the context
     * of the class, which other threads make instances for too.
     */
    void beginConstruction(ExtensionContext context) {
        store(context).put(Thread.currentThread(), this);
    }

    /** The instance has been made. */
    static void endConstruction(ExtensionContext context) {
        store(context).remove(Thread.currentThread());
    }

    static Optional<Sampling> of(ExtensionContext context) {
        return Optional.ofNullable(store(context).get(Sampling.class, Sampling.class))
                .or(() -> Optional.ofNullable(store(context).get(Thread.currentThread(), Sampling.class)));
    }
}
