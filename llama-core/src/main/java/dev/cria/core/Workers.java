package dev.cria.core;

import dev.cria.core.WorkerTeam.Piece;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a {@link WorkerTeam} and what they share with its caller: the task, and how far it is. They know
 * nothing of the team, so that it can be found unreachable while they wait.
 *
 * <p>A piece is begun by whoever counts it off its part. The counters carry the number of the task, so a thread that
 * comes late to a task, when the next has begun, counts nothing off. A thread says that it is inside a task before it
 * begins a piece: when all pieces have been begun, the caller need wait only for those that are inside.
 */
final class Workers {
    /** Distance between numbers that different threads write: two cache lines, because some are fetched in pairs. */
    private static final int APART = 16;

    private static final Piece NOTHING = (index, member) -> {};

    private final Worker[] threads;
    private final int members;
    /** For each member the number of the task, and in the lower half the next piece of its part. */
    private final AtomicLongArray next;
    /** For each member the number of the task that it is inside, or 0. */
    private final AtomicLongArray inside;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile Task task = new Task(0, 0, NOTHING);
    /** Whom to wake when a member leaves. */
    private volatile @Nullable Thread waiting;
    private volatile boolean closed;

    /** One task. The caller takes the work out of it when it is done, because threads remember their last task. */
    static final class Task {
        private final int number;
        private final int count;
        private Piece piece;

        private Task(int number, int count, Piece piece) {
            this.number = number;
            this.count = count;
            this.piece = piece;
        }

        /** The first piece of a member's part. */
        private int start(int member, int members) {
            return (int) ((long) count * member / members);
        }
    }

    Workers(int count) {
        members = count + 1;
        next = new AtomicLongArray(members * APART);
        inside = new AtomicLongArray(members * APART);
        threads = new Worker[count];
        Arrays.setAll(threads, i -> new Worker(this, i + 1));
    }

    /** Starts the threads, all of them or, where there are not enough, none. */
    void start() {
        try {
            for (Worker worker : threads) {
                worker.start();
            }
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    int count() {
        return threads.length;
    }

    void run(int count, Piece piece) {
        requireOpen();
        if (count > 1 && anyReady()) {
            runTogether(count, piece);
        } else {
            runAlone(count, piece);
        }
        requireOpen();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the worker team has been closed");
        }
    }

    private boolean anyReady() {
        boolean any = false;
        for (Worker worker : threads) {
            any |= worker.isReady();
        }
        return any;
    }

    private void runAlone(int count, Piece piece) {
        try {
            for (int i = 0; i < count && !closed; i++) {
                piece.run(i, 0);
            }
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    private void runTogether(int count, Piece piece) {
        int number = task.number == Integer.MAX_VALUE ? 1 : task.number + 1;
        Task current = new Task(number, count, piece);
        for (int member = 0; member < members; member++) {
            next.set(member * APART, counter(number, current.start(member, members)));
        }
        task = current;
        for (Worker worker : threads) {
            worker.wake();
        }
        work(current, 0);
        for (Worker worker : threads) {
            worker.await(current);
        }
        current.piece = NOTHING;
        Throwable thrown = failure.get();
        if (thrown != null) {
            failure.set(null);
            throw unchecked(thrown);
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException e
                ? e
                : new CriaException("a piece of work failed: " + thrown, thrown);
    }

    private static long counter(int number, int piece) {
        return (long) number << Integer.SIZE | piece;
    }

    /** Does pieces until all have been begun: those of the member's own part, then those of the others. */
    private void work(Task current, int member) {
        Piece piece = current.piece;
        try {
            for (int turn = 0; turn < members; turn++) {
                int part = (member + turn) % members;
                for (int i = begin(current, part); i >= 0; i = begin(current, part)) {
                    piece.run(i, member);
                }
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            for (int part = 0; part < members; part++) {
                next.set(part * APART, counter(current.number, current.count));
            }
        }
    }

    /** Counts off the next piece of a part; answers -1 when there is none left. */
    private int begin(Task current, int part) {
        int end = current.start(part + 1, members);
        while (!closed) {
            long counter = next.get(part * APART);
            int piece = (int) counter;
            if (counter >>> Integer.SIZE != current.number || piece >= end) {
                return -1;
            }
            if (next.compareAndSet(part * APART, counter, counter + 1)) {
                return piece;
            }
        }
        return -1;
    }

    /** A thread helps with a task. */
    void help(Task current, int member) {
        inside.set(member * APART, current.number);
        work(current, member);
        inside.set(member * APART, 0);
        Thread caller = waiting;
        if (caller != null) {
            LockSupport.unpark(caller);
        }
    }

    boolean isInside(Task current, int member) {
        return inside.get(member * APART) == current.number;
    }

    /** Lets the caller sleep until a member has left a task. */
    void sleepUntilOutside(Task current, int member) {
        boolean interrupted = false;
        waiting = Thread.currentThread();
        while (isInside(current, member)) {
            LockSupport.park(this);
            // who is interrupted cannot sleep
            interrupted |= Thread.interrupted();
        }
        waiting = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@return the task, if it is not the one with this number} */
    @Nullable
    Task taskAfter(int number) {
        Task current = task;
        return current.number == number ? null : current;
    }

    static int numberOf(Task current) {
        return current.number;
    }

    boolean isClosed() {
        return closed;
    }

    /** Ends the threads. A task under way is left when the pieces that have begun are done. */
    void close() {
        closed = true;
        for (Worker worker : threads) {
            worker.unpark();
        }
    }
}
