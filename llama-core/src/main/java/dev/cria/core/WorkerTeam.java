package dev.cria.core;

import dev.cria.core.host.Reclaimer;
import java.lang.ref.Cleaner.Cleanable;
import java.lang.ref.Reference;

/**
 * A few threads that work through numbered pieces of one task at a time, together with the thread that asks. They are
 * help, not a condition: the caller takes every piece that nobody has begun, and waits for none but those that were. So
 * a thread that the system gives no processor costs next to nothing, and one that is taken off its processor in the
 * middle of a piece rests for a while. Without a task the threads wait by spinning for some tens of microseconds, the
 * gap between two kernels of a layer, and then park, so an idle team uses no processor time. They end with
 * {@link #close}, or when nobody can reach the team any more.
 *
 * <p>One task runs at a time: callers must not call {@link #run} concurrently.
 */
public final class WorkerTeam implements AutoCloseable {
    /** One piece of a task. */
    @FunctionalInterface
    public interface Piece {
        /**
         * Does one piece of the work.
         *
         * @param index which piece, from 0
         * @param worker which member of the team does it, from 0 to {@link WorkerTeam#size()} - 1; for scratch space
         */
        void run(int index, int worker);
    }

    private final Workers workers;
    private final Cleanable threads;

    /** @param size members of the team, the calling thread included; at least 1 */
    public WorkerTeam(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + size);
        }
        workers = new Workers(size - 1);
        threads = Reclaimer.register(this, workers::close);
        workers.start();
    }

    /** {@return the number of members, the calling thread included} */
    public int size() {
        return workers.count() + 1;
    }

    /**
     * Runs all pieces of a task and returns when they are done. Each member takes the pieces of its own part of the
     * range in rising order, one at a time, so that it reads memory in order; then it helps the others with theirs.
     * What a piece throws is thrown here, after the others have stopped.
     *
     * @param count number of pieces
     * @param piece the work
     * @throws IllegalStateException if the team has been closed; if it is closed meanwhile, once the pieces that had
     *     begun are done
     * @throws CriaException if a piece throws a checked exception, which only other languages let it
     */
    public void run(int count, Piece piece) {
        try {
            workers.run(count, piece);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Ends the threads. May be called by any thread, and again. */
    @Override
    public void close() {
        threads.clean();
    }
}
