package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken.Registration;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's generation. A task works while there is something to do. It ends when nothing is asked for, so that
 * a subscriber that stops asking holds no thread; a request, the end of the model, or that of the time that the
 * generation may take, starts another. The task is at most one piece ahead, so that the end needs no request.
 */
final class TextSubscription implements Flow.Subscription, Reader {
    /** How often the clock is asked whether the time of a generation is over: no more and no less than this. */
    private static final Duration SHORTEST_TICK = Duration.ofMillis(1);
    private static final Duration LONGEST_TICK = Duration.ofDays(1);

    private enum Step {
        COMPUTE, DELIVER, GIVE_UP, END, WAIT
    }

    private final TextPublisher publisher;
    private final Flow.Subscriber<? super String> subscriber;
    private final Runnable alarm = this::wake;
    private final Queue<Registration> registrations = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    /** Whether a task works, or has worked to the end; it may not begin before onSubscribe has returned. */
    private boolean working = true;
    private long demand;
    private boolean cancelled;
    private @Nullable Throwable failure;
    private CompletableFuture<Void> timer = new CompletableFuture<>();

    // of the task, and of the lock's holder where there is none
    private @Nullable TextRun run;
    private boolean begun;
    private boolean complete;
    private Optional<String> ready = Optional.empty();

    TextSubscription(TextPublisher publisher, Flow.Subscriber<? super String> subscriber) {
        this.publisher = publisher;
        this.subscriber = subscriber;
    }

    void begin() {
        try {
            run = publisher.prepared().start().apply(this);
            registrations.add(publisher.prepared().lifetime().whenOver(alarm));
            registrations.add(publisher.prepared().settings().cancellation().onCancel(alarm));
        } catch (Throwable e) {
            fail(e);
        }
        try {
            subscriber.onSubscribe(this);
        } catch (Throwable e) {
            fail(e);
        }
        lock.lock();
        try {
            working = false;
        } finally {
            lock.unlock();
        }
        wake();
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            fail(new IllegalArgumentException("the request must be for 1 or more, but was " + count));
            return;
        }
        lock.lock();
        try {
            demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
        } finally {
            lock.unlock();
        }
        wake();
    }

    @Override
    public void cancel() {
        lock.lock();
        try {
            cancelled = true;
            cancelRun();
        } finally {
            lock.unlock();
        }
        wake();
    }

    private void fail(Throwable cause) {
        lock.lock();
        try {
            failure = failure == null ? cause : failure;
            cancelRun();
        } finally {
            lock.unlock();
        }
        wake();
    }

    private void cancelRun() {
        TextRun current = run;
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public State state() {
        lock.lock();
        try {
            if (cancelled || failure != null) {
                return State.LEAVING;
            }
            return demand > 0 ? State.WAITING : State.AWAY;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int ahead() {
        return ONE_AHEAD;
    }

    @Override
    public void ended(IllegalStateException why) {
        fail(why);
    }

    /** Starts a task if there is none and something to do. */
    private void wake() {
        boolean silently;
        lock.lock();
        try {
            if (working || next() == Step.WAIT) {
                return;
            }
            silently = cancelled;
        } finally {
            lock.unlock();
        }
        if (silently) {
            end();
        } else {
            launch();
        }
    }

    private void launch() {
        try {
            publisher.executor().execute(this::work);
        } catch (Throwable e) {
            fail(e);
            work();
        }
    }

    private void work() {
        for (Step step = next(); step != Step.WAIT; step = next()) {
            if (step == Step.END) {
                end();
                return;
            }
            try {
                perform(step, Objects.requireNonNull(run));
            } catch (Throwable e) {
                fail(e);
            }
        }
    }

    /** Decides what to do next. From here on there is a task, unless that is to wait. */
    private Step next() {
        lock.lock();
        try {
            Step step = decide();
            working = step != Step.WAIT;
            timer.cancel(false);
            if (!working) {
                startTimer();
            }
            return step;
        } finally {
            lock.unlock();
        }
    }

    private Step decide() {
        if (cancelled || failure != null || complete) {
            return Step.END;
        }
        if (ready.isPresent() && demand > 0) {
            return Step.DELIVER;
        }
        if (ready.isEmpty() && (demand > 0 || begun)) {
            return Step.COMPUTE;
        }
        boolean over = publisher.prepared().lifetime().isOver()
                || timeLeft().map(left -> !left.isPositive()).orElse(false);
        return over ? Step.GIVE_UP : Step.WAIT;
    }

    private Optional<Duration> timeLeft() {
        return run == null ? Optional.empty() : run.timeLeft();
    }

    private void startTimer() {
        timeLeft().filter(_ -> begun).ifPresent(left -> {
            Duration tick = left.compareTo(SHORTEST_TICK) < 0 ? SHORTEST_TICK : left;
            tick = tick.compareTo(LONGEST_TICK) > 0 ? LONGEST_TICK : tick;
            timer = new CompletableFuture<Void>().completeOnTimeout(null, tick.toNanos(), TimeUnit.NANOSECONDS);
            var _ = timer.thenRun(alarm);
        });
    }

    private void perform(Step step, TextRun current) {
        switch (step) {
            case COMPUTE -> {
                begun = true;
                if (current.advance()) {
                    ready = Optional.of(current.piece());
                } else {
                    complete = true;
                }
            }
            case DELIVER -> {
                String piece = ready.orElseThrow();
                ready = Optional.empty();
                useDemand();
                subscriber.onNext(piece);
            }
            case GIVE_UP -> {
                // what was not asked for in time is not handed out
                ready = Optional.empty();
                while (current.advance()) {
                    // ends without computing
                }
                complete = true;
            }
            case WAIT, END -> throw new AssertionError(step);
        }
    }

    private void useDemand() {
        lock.lock();
        try {
            demand--;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        registrations.forEach(Registration::close);
        if (run != null) {
            run.close();
        }
        Throwable cause;
        lock.lock();
        try {
            if (cancelled) {
                return;
            }
            cause = failure;
        } finally {
            lock.unlock();
        }
        if (cause == null) {
            subscriber.onComplete();
        } else {
            subscriber.onError(cause);
        }
    }
}
