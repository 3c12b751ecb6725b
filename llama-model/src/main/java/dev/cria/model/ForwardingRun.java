package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.GenerationResult;
import java.time.Duration;
import java.util.Optional;

/** A run that leaves all but {@link #advance} to another. */
interface ForwardingRun extends TextRun {
    TextRun run();

    @Override
    default String piece() {
        return run().piece();
    }

    @Override
    default GenerationResult result() {
        return run().result();
    }

    @Override
    default Optional<Duration> timeLeft() {
        return run().timeLeft();
    }

    @Override
    default void cancel() {
        run().cancel();
    }

    @Override
    default void close() {
        run().close();
    }
}
