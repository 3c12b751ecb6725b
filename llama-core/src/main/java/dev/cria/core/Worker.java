package dev.cria.core;

import dev.cria.core.host.DaemonThreads;
import dev.cria.core.host.ProcessorTime;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a team. When the system takes it off its processor in the middle of a piece, which lasts some
 * milliseconds where others want to compute, too, the caller has to wait. Now and then that costs less than the thread
 * is worth. Where it happens so often that it is not, it rests: it gets no task for so long that little time is lost to
 * such waiting, even if it happens every time.
 */
final class Worker implements Runnable {
    /**
     * Turns of the waiting loop before a worker parks. A turn with {@link Thread#onSpinWait} takes 20 to 60 ns, so this
     * is 50 to 150 microseconds: longer than any gap inside a decode step, far shorter than a person notices.
     */
    private static final int SPIN_TURNS = 2_500;
    /** Turns of the caller before it looks at the clock: many pieces are done in that time. */
    private static final int CALLER_TURNS = 500;
    /** For how long the caller spins, in nanoseconds, before it sleeps. */
    private static final long PATIENCE = 200_000;
    /** Two looks at the clock are no further apart, in nanoseconds, unless the caller itself was off its processor. */
    private static final long GLANCE = 5_000;
    /** A thread that computes so many times as long as it then makes the caller wait is a gain all the same. */
    private static final int WORTH = 4;
    /** A rest is so many times as long as the wait that led to it: 6 % of the time is lost to waiting at most. */
    private static final int RESTS_PER_WAIT = 16;
    /** The longest rest in nanoseconds; a machine that is idle again is noticed after that. */
    private static final long LONGEST_REST = 1_000_000_000;

    private final Workers workers;
    private final int member;
    private final Thread thread;
    private volatile boolean parked;
    private volatile boolean resting;
    // what the caller remembers of it
    private long rest;
    private long restEnd;
    /** Since when it has neither rested nor made the caller wait. */
    private long since = System.nanoTime();

    Worker(Workers workers, int member) {
        this.workers = workers;
        this.member = member;
        this.thread = DaemonThreads.named("cria-worker-" + member).unstarted(this);
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        int last = 0;
        Workers.Task task = taskAfter(last);
        while (task != null) {
            last = Workers.numberOf(task);
            workers.help(task, member);
            task = taskAfter(last);
        }
    }

    /** Waits for a task after the last one; answers nothing when the team has been closed. */
    private Workers.@Nullable Task taskAfter(int last) {
        for (int turn = 0; turn < SPIN_TURNS; turn++) {
            Workers.Task task = next(last);
            if (task != null || workers.isClosed()) {
                return task;
            }
            Thread.onSpinWait();
        }
        parked = true;
        Workers.Task task = next(last);
        while (task == null && !workers.isClosed()) {
            LockSupport.park(this);
            task = next(last);
        }
        parked = false;
        return task;
    }

    private Workers.@Nullable Task next(int last) {
        return resting ? null : workers.taskAfter(last);
    }

    /** Whether it may get a task; for the caller, before there is one. */
    boolean isReady() {
        if (resting && System.nanoTime() - restEnd >= 0) {
            resting = false;
        }
        return !resting;
    }

    /** For the caller, when there is a task. */
    void wake() {
        if (parked && !resting) {
            LockSupport.unpark(thread);
        }
    }

    void unpark() {
        LockSupport.unpark(thread);
    }

    /** For the caller, when all pieces have been begun: waits for the one that this thread is at, if it is. */
    void await(Workers.Task task) {
        for (int turn = 0; turn < CALLER_TURNS; turn++) {
            if (!workers.isInside(task, member)) {
                return;
            }
            Thread.onSpinWait();
        }
        long begin = System.nanoTime();
        boolean offProcessor = isFoundOffProcessor(task, begin);
        workers.sleepUntilOutside(task, member);
        if (offProcessor) {
            lost(System.nanoTime(), begin);
        }
    }

    /** Waits with an eye on the clock; answers whether the caller has lost its patience and the thread computed not. */
    private boolean isFoundOffProcessor(Workers.Task task, long begin) {
        OptionalLong before = ProcessorTime.nanos(thread);
        long waited = 0;
        long last = begin;
        while (workers.isInside(task, member)) {
            if (waited > PATIENCE) {
                OptionalLong after = ProcessorTime.nanos(thread);
                return before.isPresent() && after.isPresent()
                        && after.getAsLong() - before.getAsLong() < waited / 2;
            }
            Thread.onSpinWait();
            long now = System.nanoTime();
            waited += Math.min(now - last, GLANCE);
            last = now;
        }
        return false;
    }

    private void lost(long now, long begin) {
        long wait = now - begin;
        boolean worthIt = begin - since >= WORTH * wait;
        since = now;
        if (worthIt) {
            return;
        }
        boolean again = rest > 0 && now - restEnd < rest;
        rest = Math.min(LONGEST_REST, Math.max(RESTS_PER_WAIT * wait, again ? 2 * rest : 0));
        restEnd = now + rest;
        since = restEnd;
        resting = true;
    }
}
