package dev.cria.junit;

import java.util.Objects;
import java.util.stream.Stream;

/** A failure and what caused it. */
final class Causes {
    /** No chain is longer, unless it is a ring. */
    private static final int MOST = 100;

    private Causes() {}

    /** {@return the failure, its cause, the cause of that, and so on} */
    static Stream<Throwable> of(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(MOST);
    }
}
