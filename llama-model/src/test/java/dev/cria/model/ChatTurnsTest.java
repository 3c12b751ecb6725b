package dev.cria.model;

import static dev.cria.model.FakeModel.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Message;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a turn when its chat goes on. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ChatTurnsTest {
    private static final int[] ANSWER = ids(" once", " upon", " a", " time");
    private static final String TEXT = "once upon a time";
    private static final String STILL_RUNNING = "a turn of this chat is still running: wait for its end, cancel it, or"
            + " close its stream";
    private static final String WENT_ON = "the chat went on before this turn had ended: read a stream to its end, wait"
            + " for a future, and ask a publisher for all pieces, before the next turn";

    private final FakeModel model = FakeModel.answering(ANSWER);
    private final Chat chat = model.language.chat().temperature(0);
    private final CountDownLatch running = new CountDownLatch(1);
    private final Recorder recorder = new Recorder();
    private volatile boolean held;

    /** Makes the next generation stay in its first layer. */
    private void hold() {
        held = true;
        model.forward.layer = () -> {
            running.countDown();
            while (held) {
                LockSupport.parkNanos(1_000_000); // leaves the thread interrupted where it is
            }
        };
    }

    private void release() {
        model.forward.layer = () -> {};
        held = false;
    }

    private void awaitRunning() {
        GenerationTest.await(running);
    }

    /** Uses the chat while a generation is held, which is released once that has to wait for it, if it does. */
    private <T> T afterWaiting(Supplier<T> use) {
        FutureTask<T> task = new FutureTask<>(use::get);
        Thread user = Thread.ofPlatform().daemon().start(task);
        while (user.getState() != Thread.State.WAITING && user.isAlive()) {
            Thread.onSpinWait();
        }
        release();
        return join(task);
    }

    private static <T> T join(FutureTask<T> task) {
        try {
            return task.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private String nextAnswer() {
        return chat.user("More").text();
    }

    private void assertThatOnlyTheNextTurnIsRemembered() {
        assertThat(chat.messages()).containsExactly(Message.user("More"), Message.assistant(TEXT));
    }

    /** What may come after a turn. */
    static Stream<Consumer<Chat>> nextUses() {
        return Stream.of(next -> assertThat(next.user("More").text()).isEqualTo(TEXT),
                next -> assertThat(next.user("More").stream().toList()).hasSize(4),
                next -> assertThat(next.user("More").async().join().text()).isEqualTo(TEXT),
                next -> next.user("More").publish().subscribe(new Recorder()), Chat::reset,
                next -> next.system("Be brief."));
    }

    @ParameterizedTest
    @MethodSource("nextUses")
    void whatComesNextWaitsUntilACancelledTurnHasLeft(Consumer<Chat> use) {
        hold();
        CompletableFuture<GenerationResult> future = chat.user("Hi").async();
        awaitRunning();
        assertThat(future.cancel(true)).isTrue();
        afterWaiting(() -> {
            use.accept(chat);
            return true;
        });
        assertThat(chat.messages()).doesNotContain(Message.user("Hi"));
    }

    /** What makes an end to a future that nobody cancelled. */
    static Stream<Consumer<CompletableFuture<GenerationResult>>> otherEndsOfAFuture() {
        GenerationResult other = FakeModel.saying(ANSWER).language.generate("the").result();
        return Stream.of(future -> future.completeExceptionally(new IOException("mine")),
                future -> future.complete(other),
                future -> assertThatThrownBy(future.orTimeout(1, TimeUnit.NANOSECONDS)::join)
                        .hasCauseInstanceOf(TimeoutException.class),
                future -> assertThat(future.completeOnTimeout(other, 1, TimeUnit.NANOSECONDS).join()).isSameAs(other));
    }

    @ParameterizedTest
    @MethodSource("otherEndsOfAFuture")
    void aFutureThatSomebodyElseCompletedEndsItsTurn(Consumer<CompletableFuture<GenerationResult>> end) {
        hold();
        CompletableFuture<GenerationResult> future = chat.user("Hi").async();
        awaitRunning();
        end.accept(future);
        assertThat(afterWaiting(this::nextAnswer)).isEqualTo(TEXT);
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void cancellingWhatDependsOnAFutureDoesNotEndTheTurn() {
        CompletableFuture<GenerationResult> future = chat.user("Hi").async();
        future.copy().cancel(true);
        future.thenApply(GenerationResult::text).cancel(true);
        assertThat(future.join().text()).isEqualTo(TEXT);
    }

    @Test
    void theNextTurnWaitsUntilACancelledSubscriptionHasLeft() {
        hold();
        chat.user("Hi").publish().subscribe(recorder);
        recorder.request(Long.MAX_VALUE);
        awaitRunning();
        recorder.cancel();
        assertThat(afterWaiting(this::nextAnswer)).isEqualTo(TEXT);
        assertThat(recorder.signals).isEmpty();
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void theNextTurnWaitsUntilAnInterruptedThreadHasLeft() {
        hold();
        FutureTask<GenerationResult> task = new FutureTask<>(() -> chat.user("Hi").result());
        Thread thread = Thread.ofPlatform().daemon().start(task);
        awaitRunning();
        thread.interrupt();
        assertThat(afterWaiting(this::nextAnswer)).isEqualTo(TEXT);
        assertThat(join(task).finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void aTurnThatATokenCancelledStillGetsItsTextSoFar() {
        CancellationToken token = new CancellationToken();
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        chat.user("Hi").cancelOn(token);
        FutureTask<GenerationResult> task = new FutureTask<>(() -> chat.forEach(piece -> {
            first.countDown();
            GenerationTest.await(goOn);
        }));
        Thread.ofPlatform().daemon().start(task);
        GenerationTest.await(first);
        token.cancel();
        assertThat(chat.cancelOn(new CancellationToken()).user("More").text()).isEqualTo(TEXT);
        goOn.countDown();
        assertThat(join(task).finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(join(task).text()).isEqualTo("once");
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void aTurnWhoseTimeIsOverStillGetsItsTextSoFar() {
        Iterator<String> pieces = chat.user("Hi").timeout(Duration.ofNanos(5)).stream().iterator();
        assertThat(pieces.next()).isEqualTo("once");
        model.nanos.addAndGet(5);
        assertThat(nextAnswer()).isEqualTo(TEXT);
        assertThat(pieces).isExhausted();
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void theNextTurnGoesOnFromWhatACancelledOneHasRead() {
        CancellationToken token = new CancellationToken();
        chat.cancelOn(token).user("Hi").forEach(piece -> token.cancel());
        Timings timings = chat.cancelOn(new CancellationToken()).user("Hi").result().timings();
        assertThat(timings.promptTokens()).isEqualTo(1);
    }

    /** Ways to wait for a text. */
    static Stream<Function<Chat, Supplier<Object>>> waitingReaders() {
        return Stream.of(waiting -> CompletableFuture.supplyAsync(waiting::text)::join,
                waiting -> CompletableFuture.supplyAsync(() -> waiting.stream().toList())::join,
                waiting -> CompletableFuture.supplyAsync(() -> waiting.stream().iterator().next())::join,
                waiting -> waiting.async()::join,
                waiting -> waiting.async(task -> Thread.ofPlatform().daemon().start(task))::join, waiting -> {
                    Recorder own = new Recorder();
                    waiting.publish().subscribe(own);
                    own.request(1);
                    return () -> own.take(1).getFirst();
                });
    }

    @ParameterizedTest
    @MethodSource("waitingReaders")
    void aTurnThatSomebodyWaitsForIsNotTakenAway(Function<Chat, Supplier<Object>> reader) {
        hold();
        Supplier<Object> result = reader.apply(chat.user("Hi"));
        awaitRunning();
        chat.user("More");
        for (Supplier<Object> use : List.<Supplier<Object>>of(chat::text, chat::stream, () -> chat.async().join(),
                chat::reset,
                () -> chat.system("Be brief."))) {
            assertThatThrownBy(use::get).isInstanceOf(IllegalStateException.class).hasMessage(STILL_RUNNING);
        }
        chat.publish().subscribe(recorder);
        assertThat(recorder.take(1)).containsExactly("failed: " + STILL_RUNNING);
        release();
        assertThat(result.get().toString()).contains("once");
    }

    @Test
    void aRefusedTurnKeepsItsQuestion() {
        hold();
        CompletableFuture<GenerationResult> first = chat.user("Hi").async();
        awaitRunning();
        chat.user("More");
        assertThatThrownBy(chat::text).hasMessage(STILL_RUNNING);
        release();
        first.join();
        assertThat(chat.text()).isEqualTo(TEXT);
        assertThat(chat.messages()).contains(Message.user("More"));
    }

    @ParameterizedTest
    @MethodSource("nextUses")
    void aStreamThatNobodyReadsAnyMoreIsEndedByWhatComesNext(Consumer<Chat> use) {
        assertThat(chat.user("Hi").stream().limit(2).toList()).containsExactly("once", " upon");
        use.accept(chat);
        assertThat(chat.messages()).doesNotContain(Message.user("Hi"));
    }

    @Test
    void aStreamThatWasEndedSaysSoWhenItIsReadOn() {
        Stream<String> stream = chat.user("Hi").stream();
        Iterator<String> pieces = stream.iterator();
        assertThat(pieces.next()).isEqualTo("once");
        assertThat(nextAnswer()).isEqualTo(TEXT);
        assertThatThrownBy(pieces::hasNext).isInstanceOf(IllegalStateException.class).hasMessage(WENT_ON);
        assertThatThrownBy(pieces::next).hasMessage(WENT_ON);
        stream.close();
        assertThatOnlyTheNextTurnIsRemembered();
        assertThat(chat.user("Again").text()).isEqualTo(TEXT);
    }

    @Test
    void aStreamThatFailedDoesNotLookComplete() {
        Iterator<String> pieces = chat.user("Hi").stream().iterator();
        assertThat(pieces.next()).isEqualTo("once");
        model.forward.layer = () -> {
            throw new IllegalStateException("broken");
        };
        assertThatThrownBy(() -> pieces.forEachRemaining(_ -> {})).hasMessage("broken");
        model.forward.layer = () -> {};
        assertThatThrownBy(pieces::hasNext).hasMessage("this turn of the chat has failed: ask again")
                .hasRootCauseMessage("broken");
        assertThat(nextAnswer()).isEqualTo(TEXT);
    }

    @Test
    void aTaskThatAnExecutorHasDroppedIsEndedByTheNextTurn() {
        List<Runnable> tasks = new ArrayList<>();
        CompletableFuture<GenerationResult> future = chat.user("Hi").async(tasks::add);
        assertThat(nextAnswer()).isEqualTo(TEXT);
        assertThatThrownBy(future::join).hasCauseInstanceOf(IllegalStateException.class).hasRootCauseMessage(WENT_ON);
        tasks.getFirst().run();
        assertThatOnlyTheNextTurnIsRemembered();
        assertThat(chat.user("Again").text()).isEqualTo(TEXT);
    }

    @Test
    void aTaskThatWasCancelledBeforeItBeganDoesNothingWhenItRunsAfterAll() {
        List<Runnable> tasks = new ArrayList<>();
        CompletableFuture<GenerationResult> future = chat.user("Hi").async(tasks::add);
        future.cancel(true);
        assertThat(nextAnswer()).isEqualTo(TEXT);
        int passes = model.forward.passes.size();
        tasks.getFirst().run();
        assertThat(model.forward.passes).hasSize(passes);
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void whoHearsThatATurnWasLostMayAskTheNextOne() {
        List<String> heard = new ArrayList<>();
        var _ = chat.user("Hi").async(_ -> {}).whenComplete((_, _) -> heard.add(chat.user("Between").text()));
        chat.user("More").publish().subscribe(recorder);
        recorder.request(9);
        assertThat(recorder.take(5)).endsWith("complete");
        assertThat(heard).containsExactly(TEXT);
        assertThat(chat.messages()).containsExactly(Message.user("Between"), Message.assistant(TEXT),
                Message.user("More"), Message.assistant(TEXT));
    }

    @Test
    void anExecutorThatRefusesTheTaskLeavesNoTurnOpen() {
        Executor refusing = task -> {
            throw new RejectedExecutionException("full");
        };
        chat.user("Hi");
        assertThatThrownBy(() -> chat.async(refusing)).isInstanceOf(RejectedExecutionException.class);
        assertThat(chat.reset().messages()).isEmpty();
        assertThat(nextAnswer()).isEqualTo(TEXT);
    }

    @Test
    void aSubscriberThatDoesNotAskAnyMoreIsToldThatTheChatWentOn() {
        chat.user("Hi").publish().subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        assertThat(nextAnswer()).isEqualTo(TEXT);
        assertThat(recorder.take(1)).containsExactly("failed: " + WENT_ON);
        assertThatOnlyTheNextTurnIsRemembered();
    }

    @Test
    void aSubscriberThatHasNeverAskedIsToldThatTheChatWentOn() {
        chat.user("Hi").publish().subscribe(recorder);
        assertThat(chat.reset().messages()).isEmpty();
        assertThat(recorder.take(1)).containsExactly("failed: " + WENT_ON);
    }

    @Test
    void aListenerWithinATurnCannotBeginAnother() {
        List<Chat> chats = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        LanguageModel listening = model.language.withListener(_ -> {
            Chat own = chats.getFirst();
            for (Runnable use : List.<Runnable>of(own::reset, () -> own.user("More").text())) {
                try {
                    use.run();
                } catch (IllegalStateException e) {
                    refusals.add(e.getMessage());
                }
            }
            Recorder refused = new Recorder();
            own.publish().subscribe(refused);
            refusals.addAll(refused.take(1));
        });
        Chat listened = listening.chat().temperature(0);
        chats.add(listened);
        listened.user("Hi").publish().subscribe(recorder);
        recorder.request(4); // the end is found when nobody waits for it
        assertThat(recorder.take(5)).endsWith(" time", "complete");
        assertThat(refusals).containsExactly(STILL_RUNNING, STILL_RUNNING, "failed: " + STILL_RUNNING);
    }

    @Test
    void aTurnThatCouldNotBeginLeavesTheCacheInOrder() {
        AtomicBoolean fails = new AtomicBoolean();
        ForwardingAnswers failing = new ForwardingAnswers() {
            @Override
            public Answers next() {
                return model.language.answers();
            }

            @Override
            public Asked ask(Query query) {
                Asked asked = next().ask(query);
                return (settings, adapters, ahead) -> {
                    TextRun run = asked.begin(settings, adapters, ahead);
                    if (fails.get()) {
                        throw new IllegalStateException("late");
                    }
                    return run;
                };
            }
        };
        Chat other = new PlainModel(failing, ChatTemplate.llama2()).chat().temperature(0);
        other.user("Hi").text();
        fails.set(true);
        assertThatThrownBy(() -> other.reset().user("x").text()).hasMessage("late");
        fails.set(false);
        assertThat(other.user("Hi").text()).isEqualTo(TEXT);
    }

    @Test
    void everyPublisherAsksItsOwnQuestionWithItsOwnOptions() {
        Flow.Publisher<String> first = chat.user("Hi").maxTokens(1).publish();
        Flow.Publisher<String> second = chat.user("More").maxTokens(2).publish();
        chat.user("Never").maxTokens(0).temperature(1);
        first.subscribe(recorder);
        recorder.request(9);
        assertThat(recorder.take(2)).containsExactly("once", "complete");
        Recorder other = new Recorder();
        second.subscribe(other);
        other.request(9);
        assertThat(other.take(3)).containsExactly("once", " upon", "complete");
        assertThat(chat.messages()).containsExactly(Message.user("Hi"), Message.assistant("once"),
                Message.user("More"), Message.assistant("once upon"));
    }

    @Test
    void aPublisherOfAChatIsOneTurn() {
        Flow.Publisher<String> publisher = chat.user("Hi").publish();
        Recorder first = new Recorder();
        publisher.subscribe(first);
        first.request(9);
        assertThat(first.take(5)).endsWith("complete");
        Recorder second = new Recorder();
        publisher.subscribe(second);
        assertThat(second.take(1)).containsExactly(
                "failed: this turn of the chat has been answered: call user(text) and publish() for another");
        assertThat(chat.messages()).hasSize(2);
    }

    @Test
    void aTurnThatFailedIsAskedAgainByTheNextSubscriber() {
        Flow.Publisher<String> publisher = chat.user("Hi").publish();
        model.forward.layer = () -> {
            throw new IllegalStateException("broken");
        };
        Recorder first = new Recorder();
        publisher.subscribe(first);
        first.request(9);
        assertThat(first.take(1)).containsExactly("failed: broken");
        model.forward.layer = () -> {};
        Recorder second = new Recorder();
        publisher.subscribe(second);
        second.request(9);
        assertThat(second.take(5)).endsWith("complete");
        assertThat(chat.messages()).containsExactly(Message.user("Hi"), Message.assistant(TEXT));
    }

    @Test
    void publishingNeedsAQuestionAtOnce() {
        assertThatThrownBy(chat::publish).isInstanceOf(IllegalStateException.class).hasMessageContaining("user(text)");
    }

    @Test
    void closingTheModelEndsWhoeverIsLeft() {
        Chat other = chat.fork();
        Chat third = chat.fork();
        chat.user("Hi").publish().subscribe(recorder);
        recorder.request(1);
        assertThat(recorder.take(1)).containsExactly("once");
        List<Runnable> tasks = new ArrayList<>();
        CompletableFuture<GenerationResult> future = other.user("Hi").async(tasks::add);
        Iterator<String> pieces = third.user("Hi").stream().iterator();
        model.language.close();
        assertThat(recorder.take(1)).containsExactly("failed: the model has been closed");
        tasks.getFirst().run();
        assertThatThrownBy(future::join).hasRootCauseMessage("the model has been closed");
        assertThatThrownBy(pieces::next).hasMessage("the model has been closed");
    }
}
