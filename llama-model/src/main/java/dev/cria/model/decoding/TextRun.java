package dev.cria.model.decoding;

import dev.cria.model.generation.GenerationResult;
import java.time.Duration;
import java.util.Optional;

/**
 * Text in the making, drawn by its consumer piece by piece: nothing is computed that nobody asked for. To be used by
 * one thread at a time, except {@link #timeLeft}, {@link #cancel} and {@link #close}.
 */
public interface TextRun extends AutoCloseable {
    /** {@return true when there is another {@link #piece}, false when the text is complete} */
    boolean advance();

    /** {@return the piece that the last {@link #advance} found, never empty} */
    String piece();

    /**
     * {@return the result}
     *
     * @throws IllegalStateException if {@link #advance} has not answered false yet
     */
    GenerationResult result();

    /**
     * {@return how long the run may still take: nothing once it was cancelled or its time is over, so that
     * {@link #advance} ends it without computing; empty where no limit was set}
     */
    Optional<Duration> timeLeft();

    /** Makes {@link #advance} end soon, with the text so far. Does not wait. */
    void cancel();

    /** Cancels the run if it has not ended, and lets go of what it holds. */
    @Override
    void close();
}
