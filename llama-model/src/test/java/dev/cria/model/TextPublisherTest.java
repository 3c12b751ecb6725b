package dev.cria.model;

import static dev.cria.model.FakeModel.ids;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.generation.CancellationToken;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TextPublisherTest {
    private static final int[] STORY = ids(" once", " upon", " a", " time");
    private static final String[] PIECES = {"once", " upon", " a", " time"};

    private final FakeModel model = FakeModel.saying(STORY);
    private final Recorder recorder = new Recorder();

    private Flow.Publisher<String> published() {
        return model.language.generate("the").temperature(0).publish();
    }

    /** {@return the story, published by tasks that the test runs} */
    private TextPublisher publishedBy(List<Runnable> tasks) {
        return new TextPublisher(model.language.generate("the").temperature(0).prepare(), tasks::add);
    }

    /** Throws what the compiler does not expect, as Kotlin may anywhere. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> RuntimeException sneakily(Throwable e) throws E {
        throw (E) e;
    }

    @Test
    void aSubscriberGetsAllPiecesAndTheEnd() {
        published().subscribe(recorder);
        recorder.request(Long.MAX_VALUE);
        assertThat(recorder.take(5)).containsExactly("once", " upon", " a", " time", "complete");
    }

    @Test
    void nothingIsHandedOutBeforeItIsAskedFor() {
        published().subscribe(recorder);
        assertThat(model.forward.passes).isEmpty();
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        assertThat(model.forward.passes).as("one piece ahead, and the engine two").hasSizeLessThanOrEqualTo(4);
        assertThat(recorder.signals).isEmpty();
        recorder.request(1);
        recorder.request(1);
        assertThat(recorder.take(2)).containsExactly(" upon", " a");
        assertThat(recorder.signals).isEmpty();
        recorder.request(1);
        assertThat(recorder.take(2)).as("the end needs no request").containsExactly(" time", "complete");
    }

    @Test
    void requestsAddUpAndDoNotOverflow() {
        published().subscribe(recorder);
        recorder.request(Long.MAX_VALUE);
        recorder.request(Long.MAX_VALUE);
        recorder.request(1);
        assertThat(recorder.take(5)).endsWith("complete");
    }

    @Test
    void everySubscriberGetsTheSameText() {
        FakeModel babbler = FakeModel.babbling(40);
        Generation generation = babbler.language.generate("the").temperature(2).topP(1);
        Flow.Publisher<String> publisher = generation.publish();
        generation.maxTokens(1).seed(1);
        List<List<String>> texts = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Recorder each = new Recorder();
            publisher.subscribe(each);
            each.request(Long.MAX_VALUE);
            List<String> pieces = new ArrayList<>();
            for (String signal = each.take(1).getFirst(); !signal.equals("complete"); signal = each.take(1)
                    .getFirst()) {
                pieces.add(signal);
            }
            texts.add(pieces);
        }
        assertThat(texts.getFirst()).hasSizeGreaterThan(5).isEqualTo(texts.getLast());
    }

    @Test
    void aCancelledSubscriptionGetsNothingMore() {
        List<Runnable> tasks = new ArrayList<>();
        publishedBy(tasks).subscribe(recorder);
        recorder.request(1);
        tasks.removeFirst().run();
        assertThat(recorder.take(1)).containsExactly("once");
        recorder.cancel();
        recorder.request(9);
        recorder.request(0);
        assertThat(tasks).isEmpty();
        assertThat(recorder.signals).isEmpty();
        assertThat(model.forward.passes).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void aSubscriberThatStopsAskingHoldsNoTask() {
        List<Runnable> tasks = new ArrayList<>();
        publishedBy(tasks).subscribe(recorder);
        assertThat(tasks).as("nothing was asked for").isEmpty();
        for (String piece : List.of("once", " upon")) {
            recorder.request(1);
            assertThat(tasks).hasSize(1);
            tasks.removeFirst().run();
            assertThat(recorder.signals.poll()).isEqualTo(piece);
        }
        assertThat(tasks).isEmpty();
    }

    @Test
    void requestsWhileATaskWorksStartNoOther() {
        List<Runnable> tasks = new ArrayList<>();
        publishedBy(tasks).subscribe(new Recorder() {
            @Override
            public void onNext(String piece) {
                super.onNext(piece);
                request(1);
            }

            @Override
            public void onSubscribe(Flow.Subscription given) {
                given.request(1);
                given.request(1);
                super.onSubscribe(given);
                assertThat(tasks).as("onSubscribe has not returned").isEmpty();
            }

            @Override
            public void onComplete() {
                recorder.onComplete();
            }
        });
        assertThat(tasks).hasSize(1);
        tasks.getFirst().run();
        assertThat(tasks).hasSize(1);
        assertThat(recorder.take(1)).containsExactly("complete");
    }

    @Test
    void closingTheModelIsToldToSubscribersThatDoNotAsk() {
        Recorder never = new Recorder();
        published().subscribe(never);
        LinkedBlockingQueue<Recorder> others = new LinkedBlockingQueue<>();
        for (int i = 0; i < 20; i++) {
            Recorder each = new Recorder();
            published().subscribe(each);
            each.request(1);
            assertThat(each.take(1)).containsExactly("once");
            others.add(each);
        }
        model.language.close();
        assertThat(never.take(1)).containsExactly("failed: the model has been closed");
        for (Recorder each : others) {
            assertThat(each.take(1)).containsExactly("failed: the model has been closed");
        }
    }

    @Test
    void closingAModelIsToldToSubscribersOfThoseMadeFromIt() {
        LanguageModel view = model.language.withDefaults(options -> options.temperature(0));
        Recorder ofOther = new Recorder();
        published().subscribe(ofOther);
        view.generate("the").publish().subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        model.language.close();
        assertThat(recorder.take(1)).containsExactly("failed: the model has been closed");
        assertThat(ofOther.take(1)).containsExactly("failed: the model has been closed");
    }

    @Test
    void closingAViewIsNotToldToSubscribersOfTheModel() {
        LanguageModel view = model.language.withDefaults(options -> options.temperature(0));
        published().subscribe(recorder);
        view.close();
        recorder.request(9);
        assertThat(recorder.take(5)).endsWith("complete");
    }

    @Test
    void theTimeOfAGenerationPassesWhileNothingIsAskedFor() {
        model.language.generate("the").temperature(0).timeout(Duration.ofNanos(5)).publish().subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        model.nanos.addAndGet(5);
        assertThat(recorder.take(1)).as("what was not asked for in time is not handed out").containsExactly("complete");
    }

    @Test
    void aLimitOfTimeBeyondEveryClockIsNone() {
        model.language.generate("the").temperature(0).timeout(Duration.ofSeconds(Long.MAX_VALUE)).publish()
                .subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        recorder.request(9);
        assertThat(recorder.take(4)).endsWith("complete");
    }

    @Test
    void aTokenEndsTheWaitForRequests() {
        CancellationToken token = new CancellationToken();
        Recorder never = new Recorder();
        Flow.Publisher<String> publisher = model.language.generate("the").temperature(0).cancelOn(token).publish();
        publisher.subscribe(recorder);
        publisher.subscribe(never);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        token.cancel();
        assertThat(recorder.take(1)).containsExactly("complete");
        assertThat(never.take(1)).containsExactly("complete");
    }

    @Test
    void aRequestForNothingIsAnError() {
        published().subscribe(recorder);
        recorder.request(0);
        assertThat(recorder.take(1)).containsExactly("failed: the request must be for 1 or more, but was 0");
    }

    @Test
    void aFailureReachesTheSubscriber() {
        model.forward.layer = () -> {
            throw new IllegalStateException("broken");
        };
        published().subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("failed: broken");
    }

    @Test
    void anErrorAndACheckedExceptionReachTheSubscriber() {
        for (Throwable thrown : List.of(new InternalError("huge"), new IOException("checked"))) {
            model.forward.layer = () -> sneakily(thrown);
            Recorder each = new Recorder();
            published().subscribe(each);
            each.request(1);
            assertThat(each.take(1)).containsExactly("failed: " + thrown.getMessage());
        }
    }

    @Test
    void whatASubscriberThrowsEndsItsGenerationAndIsToldToIt() {
        for (Throwable thrown : List.of(new IllegalStateException("mine"), new AssertionError("mine"),
                new IOException("mine"))) {
            Recorder failing = new Recorder() {
                @Override
                public void onNext(String piece) {
                    sneakily(thrown);
                }
            };
            int before = model.forward.passes.size();
            published().subscribe(failing);
            failing.request(9);
            assertThat(failing.take(1)).containsExactly("failed: mine");
            assertThat(model.forward.passes).hasSizeLessThanOrEqualTo(before + 4);
        }
    }

    @Test
    void aSubscriberThatFailsAtOnceIsToldSo() {
        Recorder failing = new Recorder() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                sneakily(new IOException("mine"));
            }
        };
        published().subscribe(failing);
        assertThat(failing.take(1)).containsExactly("failed: mine");
    }

    @Test
    void whatASubscriberThrowsAtTheEndIsTheThreadsLastWord() {
        List<Runnable> tasks = new ArrayList<>();
        publishedBy(tasks).subscribe(new Recorder() {
            @Override
            public void onComplete() {
                throw new IllegalStateException("mine");
            }

            @Override
            public void onError(Throwable failure) {
                recorder.onError(failure);
            }

            @Override
            public void onSubscribe(Flow.Subscription given) {
                given.request(9);
            }
        });
        org.assertj.core.api.Assertions.assertThatThrownBy(tasks.getFirst()::run).hasMessage("mine");
        assertThat(recorder.signals).as("one end only").isEmpty();
    }

    @Test
    void anExecutorThatTakesNoTaskIsAFailure() {
        Prepared prepared = model.language.generate("the").prepare();
        new TextPublisher(prepared, _ -> {
            throw new RejectedExecutionException("full");
        }).subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("failed: full");
    }

    @Test
    void aGenerationThatCannotBeginIsAnErrorToo() {
        Flow.Publisher<String> publisher = published();
        model.language.close();
        publisher.subscribe(recorder);
        assertThat(recorder.take(1)).containsExactly("failed: the model has been closed");
    }

    @Test
    void aSubscriberMayCancelBeforeItAsks() {
        List<Runnable> tasks = new ArrayList<>();
        publishedBy(tasks).subscribe(new Recorder() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                given.request(1);
                given.cancel();
                given.request(1);
            }
        });
        assertThat(tasks).isEmpty();
        assertThat(model.forward.passes).isEmpty();
    }

    @Property(tries = 200)
    void inWhateverPortionsTheTextIsAskedForItIsTheSameAndNoMoreThanThat(
            @ForAll @Size(max = 8) List<@IntRange(min = 1, max = 3) Integer> requests) throws InterruptedException {
        Recorder each = new Recorder();
        CountDownLatch asked = new CountDownLatch(1);
        FakeModel other = FakeModel.saying(STORY);
        other.language.generate("the").temperature(0).publish().subscribe(each);
        Thread asker = Thread.ofPlatform().start(() -> {
            requests.forEach(each::request);
            asked.countDown();
        });
        asker.join();
        int wanted = Math.min(PIECES.length, requests.stream().mapToInt(i -> i).sum());
        assertThat(each.take(wanted)).containsExactlyElementsOf(List.of(PIECES).subList(0, wanted));
        if (wanted == PIECES.length) {
            assertThat(each.take(1)).containsExactly("complete");
        } else {
            each.cancel();
        }
        assertThat(each.signals).isEmpty();
    }
}
