package dev.cria.core;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that work through numbered pieces of one task at a time, together with the thread that asks. Workers
 * wait for the next task by spinning for some tens of microseconds, the gap between two kernels of a layer, and then
 * park, so an idle team uses no processor time. One task runs at a time: callers must not call {@link #run}
 * concurrently.
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

    /**
     * Turns of the waiting loop before a worker parks. A turn with {@link Thread#onSpinWait} takes 20 to 60 ns, so this
     * is 50 to 150 microseconds: longer than any gap inside a decode step, far shorter than a person notices.
     */
    private static final int SPIN_TURNS = 2_500;

    private final Worker[] workers;
    /** For each member the next piece of its part. */
    private final AtomicInteger[] next;
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile Task task = new Task((index, worker) -> {}, 0, 0);
    private volatile boolean closed;

    private record Task(Piece piece, int count, int number) {
        /** The first piece of a member's part. */
        int start(int member, int members) {
            return (int) ((long) count * member / members);
        }
    }

    /** @param size members of the team, the calling thread included; at least 1 */
    public WorkerTeam(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + size);
        }
        next = new AtomicInteger[size];
        Arrays.setAll(next, i -> new AtomicInteger());
        workers = new Worker[size - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1, task);
            workers[i].thread.start();
        }
    }

    /** {@return the number of members, the calling thread included} */
    public int size() {
        return workers.length + 1;
    }

    /**
     * Runs all pieces of a task and returns when they are done. Each member takes the pieces of its own part of the
     * range in rising order, one at a time, so that it reads memory in order; then it helps the others with theirs.
     * What a piece throws is thrown here, after the others have stopped.
     *
     * @param count number of pieces
     * @param piece the work
     */
    public void run(int count, Piece piece) {
        if (closed) {
            throw new IllegalStateException("the worker team has been closed");
        }
        if (workers.length == 0 || count == 1) {
            for (int i = 0; i < count; i++) {
                piece.run(i, 0);
            }
            return;
        }
        Task current = new Task(piece, count, task.number + 1);
        for (int i = 0; i < next.length; i++) {
            next[i].set(current.start(i, next.length));
        }
        busy.set(workers.length);
        task = current;
        for (Worker worker : workers) {
            if (worker.parked) {
                LockSupport.unpark(worker.thread);
            }
        }
        work(current, 0);
        while (busy.get() > 0) {
            Thread.onSpinWait();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            failure.set(null);
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }

    private void work(Task current, int worker) {
        try {
            for (int turn = 0; turn < next.length; turn++) {
                int member = (worker + turn) % next.length;
                int end = current.start(member + 1, next.length);
                for (int i = next[member].getAndIncrement(); i < end; i = next[member].getAndIncrement()) {
                    current.piece.run(i, worker);
                }
            }
        } catch (RuntimeException | Error e) {
            for (AtomicInteger piece : next) {
                piece.set(current.count);
            }
            failure.compareAndSet(null, e);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker.thread);
        }
    }

    private final class Worker implements Runnable {
        private final int number;
        private final Thread thread;
        private Task last;
        private volatile boolean parked;

        Worker(int number, Task last) {
            this.number = number;
            this.last = last;
            this.thread = Thread.ofPlatform().name("cria-worker-" + number).daemon().unstarted(this);
        }

        @Override
        public void run() {
            while (awaitTask()) {
                last = task;
                work(last, number);
                busy.decrementAndGet();
            }
        }

        /** Waits for a task that was not done yet; answers false when the team has been closed. */
        private boolean awaitTask() {
            for (int turn = 0; turn < SPIN_TURNS; turn++) {
                if (task != last) {
                    return true;
                }
                if (closed) {
                    return false;
                }
                Thread.onSpinWait();
            }
            parked = true;
            while (task == last && !closed) {
                LockSupport.park(this);
            }
            parked = false;
            return task != last;
        }
    }
}
