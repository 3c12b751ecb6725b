package dev.cria.model;

import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.CancellationToken.Registration;
import java.util.List;
import java.util.stream.Stream;

/** How long a model may be used: until it is closed, or one that it was made from. Thread-safe. */
final class Lifetime {
    private final List<CancellationToken> closings;

    Lifetime() {
        this(List.of());
    }

    private Lifetime(List<CancellationToken> others) {
        closings = Stream.concat(Stream.of(new CancellationToken()), others.stream()).toList();
    }

    /** {@return a lifetime that ends with this one, or before} */
    Lifetime within() {
        requireOpen();
        return new Lifetime(closings);
    }

    void end() {
        closings.getFirst().cancel();
    }

    boolean isOver() {
        return closings.stream().anyMatch(CancellationToken::isCancelled);
    }

    void requireOpen() {
        if (isOver()) {
            throw new IllegalStateException("the model has been closed");
        }
    }

    /** Calls the listener when it is over, or at once if it is; perhaps twice. */
    Registration whenOver(Runnable listener) {
        List<Registration> registrations = closings.stream().map(closing -> closing.onCancel(listener)).toList();
        return () -> registrations.forEach(Registration::close);
    }
}
