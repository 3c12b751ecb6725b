package dev.cria.model;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/**
 * Publishes the pieces of a generation, started for each subscriber, no faster than they are asked for.
 *
 * @param prepared what to generate
 * @param executor runs tasks that end when nothing is asked for
 */
record TextPublisher(Prepared prepared, Executor executor) implements Flow.Publisher<String> {
    @Override
    public void subscribe(Flow.Subscriber<? super String> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber must not be null");
        new TextSubscription(this, subscriber).begin();
    }
}
