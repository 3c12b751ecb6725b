package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The pieces of a text, drawn by whoever advances; between two pieces nobody is known to want the next. */
final class StreamReader extends AbstractSpliterator<String> implements Reader {
    private final TextRun run;
    private volatile @Nullable Thread reading;

    StreamReader(Function<Reader, TextRun> start) {
        super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
        run = start.apply(this);
    }

    @Override
    public boolean tryAdvance(Consumer<? super String> action) {
        reading = Thread.currentThread();
        try {
            return next(action);
        } finally {
            reading = null;
        }
    }

    @Override
    public void forEachRemaining(Consumer<? super String> action) {
        reading = Thread.currentThread();
        try {
            while (next(action)) {
                // the action has had it
            }
        } finally {
            reading = null;
        }
    }

    private boolean next(Consumer<? super String> action) {
        if (!run.advance()) {
            return false;
        }
        action.accept(run.piece());
        return true;
    }

    @Override
    public State state() {
        Thread reader = reading;
        return reader == null ? State.AWAY : State.of(reader);
    }

    @Override
    public int ahead() {
        return ONE_AHEAD;
    }

    @Override
    public void ended(IllegalStateException why) {
        // the run says so when it is advanced
    }

    void close() {
        run.close();
    }
}
