package dev.cria.model;

import static dev.cria.model.FakeModel.ids;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TextPublisherTest {
    private static final int[] STORY = ids(" once", " upon", " a", " time");

    /** Writes down what it is told. */
    private static final class Recorder implements Flow.Subscriber<String> {
        final BlockingQueue<String> signals = new LinkedBlockingQueue<>();
        final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

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

        List<String> take(int count) throws InterruptedException {
            List<String> taken = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                taken.add(signals.take());
            }
            return taken;
        }
    }

    @Test
    void aSubscriberGetsAllPiecesAndTheEnd() throws InterruptedException {
        Recorder recorder = new Recorder();
        FakeModel.saying(STORY).inference.generate("the").temperature(0).publish().subscribe(recorder);
        recorder.request(Long.MAX_VALUE);
        assertThat(recorder.take(5)).containsExactly("once", " upon", " a", " time", "complete");
    }

    @Test
    void theGenerationIsAtMostOnePieceAheadOfWhatWasAskedFor() throws InterruptedException {
        FakeModel model = FakeModel.saying(STORY);
        Recorder recorder = new Recorder();
        model.inference.generate("the").temperature(0).publish().subscribe(recorder);
        assertThat(model.forward.passes).isEmpty();
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        assertThat(model.forward.passes).hasSizeLessThanOrEqualTo(2);
        recorder.request(1);
        recorder.request(1);
        assertThat(recorder.take(2)).containsExactly(" upon", " a");
        assertThat(recorder.signals).isEmpty();
        recorder.request(1);
        assertThat(recorder.take(2)).as("the end needs no request").containsExactly(" time", "complete");
    }

    @Test
    void aCancelledSubscriptionGetsNothingMore() throws InterruptedException {
        FakeModel model = FakeModel.saying(STORY);
        Recorder recorder = new Recorder();
        List<Runnable> tasks = new ArrayList<>();
        Generation generation = model.inference.generate("the").temperature(0);
        new TextPublisher(() -> generation.start(generation.settings()), tasks::add).subscribe(recorder);
        Thread thread = Thread.ofPlatform().start(tasks.getFirst());
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        recorder.subscription.join().cancel();
        thread.join();
        assertThat(recorder.signals).isEmpty();
        assertThat(model.forward.passes).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aRequestForNothingIsAnError() throws InterruptedException {
        Recorder recorder = new Recorder();
        FakeModel.saying(STORY).inference.generate("the").temperature(0).publish().subscribe(recorder);
        recorder.request(0);
        assertThat(recorder.take(1)).containsExactly("failed: the request must be for 1 or more, but was 0");
    }

    @Test
    void aFailureReachesTheSubscriber() throws InterruptedException {
        FakeModel model = FakeModel.saying(STORY);
        model.forward.layer = () -> {
            throw new IllegalStateException("broken");
        };
        Recorder recorder = new Recorder();
        model.inference.generate("the").publish().subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("failed: broken");
    }

    @Test
    void aGenerationThatCannotBeginIsAnErrorToo() throws InterruptedException {
        FakeModel model = FakeModel.saying(STORY);
        Flow.Publisher<String> publisher = model.inference.generate("the").publish();
        model.inference.close();
        Recorder recorder = new Recorder();
        publisher.subscribe(recorder);
        assertThat(recorder.take(1)).containsExactly("failed: the model has been closed");
    }
}
