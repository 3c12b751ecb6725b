package dev.cria.model;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

/** A subscriber that writes down what it is told. */
class Recorder implements Flow.Subscriber<String> {
    final BlockingQueue<String> signals = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription.complete(given);
    }

    @Override
    public void onNext(String piece) {
        signals.add(piece);
    }

    @Override
    public void onError(Throwable failure) {
        signals.add("failed: " + failure.getMessage());
    }

    @Override
    public void onComplete() {
        signals.add("complete");
    }

    void request(long count) {
        subscription.join().request(count);
    }

    void cancel() {
        subscription.join().cancel();
    }

    /** Waits for signals. */
    List<String> take(int count) {
        List<String> taken = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                taken.add(signals.take());
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return taken;
    }
}
