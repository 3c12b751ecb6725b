package dev.cria.model;

import dev.cria.model.decoding.TextRun;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Publishes the pieces of a generation, started anew for each subscriber, no faster than they are asked for. */
final class TextPublisher implements Flow.Publisher<String> {
    private final Supplier<TextRun> starter;
    private final Executor executor;

    TextPublisher(Supplier<TextRun> starter, Executor executor) {
        this.starter = starter;
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super String> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        TextRun run;
        try {
            run = starter.get();
        } catch (RuntimeException e) {
            // a publisher reports failures to its subscriber, and only after a subscription (Flow.Publisher)
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long count) {}

                @Override
                public void cancel() {}
            });
            subscriber.onError(e);
            return;
        }
        TextSubscription subscription = new TextSubscription(subscriber, run);
        try {
            subscriber.onSubscribe(subscription);
            executor.execute(subscription::publish);
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    private static final class TextSubscription implements Flow.Subscription {
        private final Flow.Subscriber<? super String> subscriber;
        private final TextRun run;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private long demand;
        private boolean cancelled;
        private @Nullable IllegalArgumentException wrongRequest;

        TextSubscription(Flow.Subscriber<? super String> subscriber, TextRun run) {
            this.subscriber = subscriber;
            this.run = run;
        }

        @Override
        public void request(long count) {
            lock.lock();
            try {
                if (count <= 0) {
                    wrongRequest = new IllegalArgumentException("the request must be for 1 or more, but was " + count);
                    run.cancel();
                } else {
                    demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void cancel() {
            lock.lock();
            try {
                cancelled = true;
                run.cancel();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void publish() {
            Throwable failure;
            try (run) {
                boolean wanted = awaitDemand();
                while (wanted && run.advance()) {
                    wanted = awaitDemand();
                    if (wanted) {
                        useDemand();
                        subscriber.onNext(run.piece());
                    }
                }
                failure = wrongRequest();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            if (isCancelled()) {
                return;
            }
            if (failure == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(failure);
            }
        }

        /** Waits until a piece is wanted; false when none will be any more. */
        private boolean awaitDemand() {
            lock.lock();
            try {
                while (demand == 0 && !cancelled && wrongRequest == null) {
                    changed.awaitUninterruptibly();
                }
                return !cancelled && wrongRequest == null;
            } finally {
                lock.unlock();
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

        private boolean isCancelled() {
            lock.lock();
            try {
                return cancelled;
            } finally {
                lock.unlock();
            }
        }

        private @Nullable Throwable wrongRequest() {
            lock.lock();
            try {
                return wrongRequest;
            } finally {
                lock.unlock();
            }
        }
    }
}
