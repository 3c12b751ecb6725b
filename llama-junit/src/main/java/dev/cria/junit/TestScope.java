package dev.cria.junit;

import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a thread runs at the moment: a test, or a method before or after it. A model that belongs to a whole class finds
 * here which of the tests asks, also where several run at once.
 *
 * @param exchanges where answers are noted
 * @param sampling how tokens are drawn, if not as the class of tests says
 */
record TestScope(Exchanges exchanges, Optional<Sampling> sampling) {
    private static final ScopedValue<TestScope> CURRENT = ScopedValue.newInstance();

    static TestScope of(ExtensionContext context) {
        return new TestScope(Exchanges.of(context), Sampling.of(context));
    }

    /** {@return the scope of the calling thread; none in threads that tests start} */
    static Optional<TestScope> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** {@return the scope of a part of what the calling thread runs, with exchanges of its own} */
    static TestScope part() {
        return current().map(scope -> new TestScope(scope.exchanges.part(), scope.sampling))
                .orElseGet(() -> new TestScope(Exchanges.ofNoTest(), Optional.empty()));
    }

    <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> step) throws X {
        return ScopedValue.where(CURRENT, this).call(step);
    }
}
