package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.GenerationResult;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A task that completes a future with the result, once somebody runs it. */
final class FutureReader implements Reader {
    private final CompletableFuture<GenerationResult> future = new CompletableFuture<>();
    private volatile @Nullable Thread runner;

    CompletableFuture<GenerationResult> future() {
        return future;
    }

    /** Says which thread will run the task. Without that it may be a task that an executor has dropped. */
    void isRunBy(Thread thread) {
        runner = thread;
    }

    void read(TextRun run) {
        runner = Thread.currentThread();
        GenerationResult result;
        try (run) {
            while (run.advance()) {
                // nobody wants the pieces
            }
            result = run.result();
        } catch (Throwable e) {
            future.completeExceptionally(e);
            return;
        }
        future.complete(result);
    }

    @Override
    public State state() {
        Thread reader = runner;
        if (future.isDone()) {
            return State.LEAVING;
        }
        return reader == null ? State.AWAY : State.of(reader);
    }

    @Override
    public int ahead() {
        return FAR_AHEAD;
    }

    @Override
    public void ended(IllegalStateException why) {
        future.completeExceptionally(why);
    }
}
