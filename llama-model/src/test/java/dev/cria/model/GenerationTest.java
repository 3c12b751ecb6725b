package dev.cria.model;

import static dev.cria.model.FakeModel.BOS;
import static dev.cria.model.FakeModel.FIRST_BYTE;
import static dev.cria.model.FakeModel.TOKENIZER;
import static dev.cria.model.FakeModel.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import dev.cria.model.generation.TokenLogProbability;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GenerationTest {
    private static final int[] STORY = ids(" once", " upon", " a", " time");

    private static List<Integer> list(int[] tokens) {
        return Arrays.stream(tokens).boxed().toList();
    }

    @Test
    void endsAtEosAndLeavesItOut() {
        GenerationResult result = FakeModel.saying(STORY).language.generate("the").temperature(0).result();
        assertThat(result.text()).isEqualTo("once upon a time");
        assertThat(result.tokens()).isEqualTo(list(STORY));
        assertThat(result.promptTokens()).isEqualTo(list(new int[]{BOS, FakeModel.id("\u2581the")}));
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
    }

    @Test
    void endsAtATokenOfTheCaller() {
        GenerationResult result = FakeModel.saying(STORY).language.generate("the").temperature(0)
                .stopTokens(STORY[2]).result();
        assertThat(result.text()).isEqualTo("once upon");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
    }

    @Test
    void endsAfterTheTokensThatWereWanted() {
        FakeModel model = FakeModel.saying(STORY);
        GenerationResult result = model.language.generate("the").temperature(0).maxTokens(2).result();
        assertThat(result.text()).isEqualTo("once upon");
        assertThat(result.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
        assertThat(model.forward.rows()).as("no pass whose logits nobody needs").isEqualTo(3);
    }

    @Test
    void noTokensWantedAreNone() {
        FakeModel model = FakeModel.saying(STORY);
        GenerationResult result = model.language.generate("the").maxTokens(0).result();
        assertThat(result.text()).isEmpty();
        assertThat(result.finishReason()).isEqualTo(FinishReason.MAX_TOKENS);
        assertThat(model.forward.passes).isEmpty();
    }

    @Test
    void endsWhenTheContextIsFull() {
        GenerationResult result = FakeModel.saying(5, STORY).language.generate("the").temperature(0).result();
        assertThat(result.text()).isEqualTo("once upon a");
        assertThat(result.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
    }

    @Test
    void aPromptThatFillsTheContextLeavesNoRoom() {
        GenerationResult result = FakeModel.saying(2, STORY).language.generate("the").result();
        assertThat(result.tokens()).isEmpty();
        assertThat(result.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
    }

    @Test
    void aPromptLongerThanTheContextIsRefusedWithBothNumbers() {
        PlainModel inference = FakeModel.saying(3, STORY).language;
        assertThatThrownBy(() -> inference.generate("the the the"))
                .isInstanceOfSatisfying(ContextOverflowException.class, e -> {
                    assertThat(e.tokens()).isEqualTo(4);
                    assertThat(e.contextLength()).isEqualTo(3);
                }).hasMessageContaining("4 tokens").hasMessageContaining("holds 3");
    }

    @Test
    void theEmptyPromptIsBosAlone() {
        GenerationResult result = FakeModel.saying(STORY).language.generate("").temperature(0).result();
        assertThat(result.promptTokens()).containsExactly(BOS);
        assertThat(result.text()).isEqualTo("once upon a time");
    }

    @Test
    void tokensOutsideTheVocabularyAreRefused() {
        PlainModel inference = FakeModel.saying(STORY).language;
        assertThatThrownBy(() -> inference.generate(new int[]{1, 5000})).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5000").hasMessageContaining("0 to " + (FakeModel.SIZE - 1));
        assertThatThrownBy(() -> inference.generate(new int[]{-1})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> inference.generate(new int[0])).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one token");
    }

    @Test
    void theEchoedPromptComesFirstAndTheContinuationKeepsItsSpace() {
        Generation generation = FakeModel.saying(STORY).language.generate("the end").temperature(0).echo(true);
        assertThat(generation.text()).isEqualTo("the end once upon a time");
    }

    @Test
    void aStopStringMaySpanTokensAndIsCutAway() {
        int[] script = ids(" once", "ST", "OP", " time");
        GenerationResult result = FakeModel.saying(script).language.generate("the").temperature(0).stop("eSTO")
                .result();
        assertThat(result.text()).isEqualTo("onc");
        assertThat(result.tokens()).isEqualTo(list(Arrays.copyOf(script, 3)));
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP_STRING);
    }

    @Test
    void streamedPiecesNeverContainTheBeginningOfAStopString() {
        int[] script = ids(" once", "ST", "ST", "OP");
        List<String> pieces = new ArrayList<>();
        FakeModel.saying(script).language.generate("the").temperature(0).stop("STOP").forEach(pieces::add);
        assertThat(pieces).containsExactly("once", "ST");
    }

    @Test
    void whatWasHeldBackForAStopStringComesOutAtTheEnd() {
        int[] script = ids(" once", "ST");
        List<String> pieces = new ArrayList<>();
        FakeModel.saying(script).language.generate("the").temperature(0).stop("STOP").forEach(pieces::add);
        assertThat(pieces).containsExactly("once", "ST");
    }

    @Test
    void stopStringsAreNotLookedForInTheEchoedPrompt() {
        Generation generation = FakeModel.saying(STORY).language.generate("the end").temperature(0).echo(true)
                .stop("end");
        assertThat(generation.text()).isEqualTo("the end once upon a time");
    }

    @Test
    void aCharacterOfSeveralTokensComesOutWhole() {
        int[] script = {FIRST_BYTE + 0xF0, FIRST_BYTE + 0x9F, FIRST_BYTE + 0x98, FIRST_BYTE + 0x80, STORY[0]};
        List<String> pieces = new ArrayList<>();
        FakeModel.saying(script).language.generate("the").temperature(0).forEach(pieces::add);
        assertThat(pieces).containsExactly("\uD83D\uDE00", " once");
    }

    @Test
    void halfACharacterAtTheEndBecomesReplacementCharacters() {
        int[] script = {STORY[0], FIRST_BYTE + 0xF0, FIRST_BYTE + 0x9F};
        Generation generation = FakeModel.saying(script).language.generate("the").temperature(0);
        assertThat(generation.text()).isEqualTo("once\uFFFD\uFFFD").isEqualTo(TOKENIZER.decode(script));
    }

    @Property(tries = 100)
    void theTextIsTheDecodedTokensAndTheJoinedPieces(@ForAll @LongRange(min = 0, max = 1000) long seed) {
        Generation generation = FakeModel.babbling(60).language.generate("once upon").temperature(1.5).topP(1)
                .seed(seed);
        GenerationResult result = generation.result();
        assertThat(result.text()).isEqualTo(TOKENIZER.decode(result.tokens().stream().mapToInt(i -> i).toArray()));
        try (Stream<String> pieces = generation.stream()) {
            assertThat(String.join("", pieces.toList())).isEqualTo(result.text());
        }
    }

    @Test
    void theSameSeedGivesTheSameTokensAndTheResultTellsIt() {
        PlainModel inference = FakeModel.babbling(60).language;
        GenerationResult first = inference.generate("once").temperature(2).topP(1).result();
        GenerationResult again = inference.generate("once").temperature(2).topP(1).seed(first.seed().getAsLong())
                .result();
        GenerationResult other = inference.generate("once").temperature(2).topP(1).seed(first.seed().getAsLong() + 1)
                .result();
        assertThat(again.tokens()).isEqualTo(first.tokens());
        assertThat(other.tokens()).isNotEqualTo(first.tokens());
    }

    @Test
    void longPromptsAreProcessedInChunks() {
        FakeModel model = FakeModel.saying(STORY);
        GenerationResult result = model.language.generate(new int[20]).temperature(0).maxTokens(2).result();
        assertThat(model.forward.passes).containsExactly(8, 8, 4, 1);
        assertThat(result.timings().promptTokens()).isEqualTo(20);
        assertThat(result.timings().generatedTokens()).isEqualTo(2);
    }

    @Test
    void timingsAreThoseOfTheClock() {
        FakeModel model = FakeModel.saying(STORY);
        model.forward.layer = () -> model.nanos.addAndGet(1_000_000);
        Timings timings = model.language.generate("the").temperature(0).maxTokens(3).result().timings();
        assertThat(timings.promptDuration()).isEqualTo(Duration.ofMillis(3));
        assertThat(timings.generationDuration()).isEqualTo(Duration.ofMillis(6));
        assertThat(timings.generatedTokensPerSecond()).isCloseTo(500, within(1e-9));
    }

    @Test
    void theTimeLimitTakesEffectBetweenLayersAndKeepsTheTextSoFar() {
        FakeModel model = FakeModel.saying(STORY);
        model.forward.layer = () -> model.nanos.addAndGet(1_000_000);
        GenerationResult result = model.language.generate("the").temperature(0).timeout(Duration.ofMillis(8))
                .result();
        assertThat(result.finishReason()).isEqualTo(FinishReason.TIMEOUT);
        assertThat(result.text()).isEqualTo("once upon");
        assertThat(model.nanos.get()).isEqualTo(8_000_000);
    }

    @Test
    void cancellingTakesEffectBetweenLayersOfThePrompt() {
        FakeModel model = FakeModel.saying(STORY);
        CancellationToken token = new CancellationToken();
        model.forward.layer = token::cancel;
        GenerationResult result = model.language.generate(new int[20]).cancelOn(token).result();
        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(result.tokens()).isEmpty();
        assertThat(model.forward.passes).hasSize(1);
    }

    @Test
    void aListenerMayCancel() {
        CancellationToken token = new CancellationToken();
        GenerationResult result = FakeModel.saying(STORY).language.generate("the").temperature(0).cancelOn(token)
                .forEach(piece -> token.cancel());
        assertThat(result.text()).isEqualTo("once");
        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void anInterruptedThreadCancelsAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        GenerationResult result = FakeModel.saying(STORY).language.generate("the").result();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void anExceptionOfTheListenerEndsTheGenerationAndReachesTheCaller() {
        FakeModel model = FakeModel.saying(STORY);
        IllegalStateException mine = new IllegalStateException("mine");
        assertThatThrownBy(() -> model.language.generate("the").temperature(0).forEach(piece -> {
            throw mine;
        })).isSameAs(mine);
        assertThat(model.forward.passes).as("two tokens ahead").hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void whateverAListenerThrowsReachesTheCaller() {
        for (Throwable thrown : List.of(new IOException("checked"), new AssertionError("error"))) {
            assertThatThrownBy(() -> FakeModel.saying(STORY).language.generate("the")
                    .forEach(_ -> TextPublisherTest.sneakily(thrown))).isSameAs(thrown);
        }
    }

    @Test
    void whateverTheModelThrowsReachesTheFuture() {
        FakeModel model = FakeModel.saying(STORY);
        for (Throwable thrown : List.of(new IOException("checked"), new InternalError("huge"))) {
            model.forward.layer = () -> TextPublisherTest.sneakily(thrown);
            assertThatThrownBy(() -> model.language.generate("the").async().join()).hasCause(thrown);
        }
    }

    @Test
    void optionsThatAreSetAfterAnEndingHaveNoBearingOnIt() {
        Generation generation = FakeModel.saying(STORY).language.generate("the").temperature(0);
        Stream<String> stream = generation.stream();
        List<Runnable> tasks = new ArrayList<>();
        CompletableFuture<GenerationResult> future = generation.async(tasks::add);
        var publisher = generation.publish();
        CancellationToken token = new CancellationToken();
        token.cancel();
        generation.maxTokens(1).stop("upon").cancelOn(token).echo(true);
        assertThat(stream.toList()).containsExactly("once", " upon", " a", " time");
        tasks.getFirst().run();
        assertThat(future.join().text()).isEqualTo("once upon a time");
        Recorder recorder = new Recorder();
        publisher.subscribe(recorder);
        recorder.request(9);
        assertThat(recorder.take(5)).endsWith(" time", "complete");
    }

    @Test
    void aStreamIsAtMostTwoTokensAheadOfItsReader() {
        FakeModel model = FakeModel.babbling(100);
        try (Stream<String> pieces = model.language.generate("the").temperature(1).seed(5).stream()) {
            assertThat(model.forward.passes).isEmpty();
            assertThat(pieces.limit(20).toList()).hasSize(20);
        }
        assertThat(model.forward.passes.size()).isLessThan(100);
    }

    @Test
    void aReaderWhoDoesNotReadIsNotGeneratedFor() throws InterruptedException {
        FakeModel model = FakeModel.saying(STORY);
        try (Stream<String> pieces = model.language.generate("the").temperature(0).stream()) {
            Iterator<String> iterator = pieces.iterator();
            assertThat(iterator.next()).isEqualTo("once");
            // long enough for the engine to lose its patience and forget the sequence
            Thread.sleep(100);
            assertThat(model.forward.passes).hasSizeLessThanOrEqualTo(3);
            assertThat(model.engine.state().running()).isZero();
            assertThat(iterator).toIterable().containsExactly(" upon", " a", " time");
        }
        assertThat(model.forward.rows()).as("what was forgotten is not read again").isEqualTo(6);
    }

    @Test
    void closingAStreamEndsTheGeneration() {
        FakeModel model = FakeModel.saying(STORY);
        List<String> read = new ArrayList<>();
        Stream<String> pieces = model.language.generate("the").temperature(0).stream();
        var iterator = pieces.iterator();
        read.add(iterator.next());
        pieces.close();
        iterator.forEachRemaining(read::add);
        assertThat(read).containsExactly("once");
        assertThat(model.forward.passes).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void aFutureBringsTheResult() {
        GenerationResult result = FakeModel.saying(STORY).language.generate("the").temperature(0).async().join();
        assertThat(result.text()).isEqualTo("once upon a time");
    }

    @Test
    void aFutureBringsTheFailure() {
        FakeModel model = FakeModel.saying(STORY);
        model.forward.layer = () -> {
            throw new IllegalStateException("the model has been closed");
        };
        CompletableFuture<GenerationResult> future = model.language.generate("the").async();
        assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("the model has been closed");
    }

    @Test
    void cancellingAFutureEndsItsGeneration() throws InterruptedException {
        FakeModel model = FakeModel.saying(STORY);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        model.forward.layer = () -> {
            running.countDown();
            await(goOn);
        };
        List<Runnable> tasks = new ArrayList<>();
        CompletableFuture<GenerationResult> future = model.language.generate("the").async(tasks::add);
        Thread thread = Thread.ofPlatform().start(tasks.getFirst());
        running.await();
        assertThat(future.cancel(true)).isTrue();
        goOn.countDown();
        thread.join();
        assertThat(model.forward.passes).hasSize(1);
        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void generationsOfSeveralThreadsDoNotDisturbEachOther() {
        PlainModel inference = FakeModel.babbling(100).language;
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            alone.add(inference.generate("once " + i).temperature(1).seed(i).text());
        }
        List<CompletableFuture<GenerationResult>> together = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            together.add(inference.generate("once " + i).temperature(1).seed(i).async());
        }
        assertThat(together.stream().map(future -> future.join().text()).toList()).isEqualTo(alone);
    }

    @Test
    void logProbabilitiesAreTheModelsOwnWhateverTheOptions() {
        GenerationResult result = FakeModel.saying(STORY).language.generate("the").temperature(0).logprobs(2)
                .logitBias(STORY[3], -20).maxTokens(4).result();
        double likely = 10 - Math.log(Math.exp(10) + FakeModel.SIZE - 1);
        assertThat(result.logProbabilities()).hasSize(4);
        TokenLogProbability first = result.logProbabilities().getFirst();
        assertThat(first.token()).isEqualTo(STORY[0]);
        assertThat(first.logProbability()).isCloseTo(likely, within(1e-9));
        assertThat(first.alternatives()).extracting(TokenLogProbability.Alternative::token)
                .containsExactly(STORY[0], 0);
        TokenLogProbability last = result.logProbabilities().getLast();
        assertThat(last.token()).as("the bias changed the choice").isNotEqualTo(STORY[3]);
        assertThat(last.logProbability()).isCloseTo(likely - 10, within(1e-9));
        assertThat(last.alternatives().getFirst().token()).isEqualTo(STORY[3]);
    }

    @Test
    void withoutLogprobsThereAreNone() {
        assertThat(FakeModel.saying(STORY).language.generate("the").result().logProbabilities()).isEmpty();
    }

    @Test
    void penaltiesCountPromptAndText() {
        float[] flat = new float[FakeModel.SIZE];
        flat[STORY[0]] = 2;
        flat[STORY[1]] = 1.5f;
        flat[STORY[2]] = 1;
        FakeModel model = new FakeModel(50, 8, tokens -> flat);
        Generation generation = model.language.generate(new int[]{BOS, STORY[0]}).temperature(0).maxTokens(2);
        assertThat(generation.result().tokens()).containsExactly(STORY[0], STORY[0]);
        assertThat(generation.repeatPenalty(4).result().tokens()).containsExactly(STORY[1], STORY[2]);
        assertThat(generation.penaltyWindow(1).result().tokens()).containsExactly(STORY[1], STORY[0]);
        assertThat(generation.penaltyWindow(0).result().tokens()).containsExactly(STORY[0], STORY[0]);
        generation.penaltyWindow(64).repeatPenalty(1).presencePenalty(0.7);
        assertThat(generation.result().tokens()).containsExactly(STORY[1], STORY[0]);
        generation.presencePenalty(0).frequencyPenalty(0.7);
        assertThat(generation.result().tokens()).containsExactly(STORY[1], STORY[0]);
    }

    static Stream<Consumer<Generation>> wrongOptions() {
        return Stream.of(g -> g.temperature(-0.1), g -> g.temperature(Double.NaN),
                g -> g.temperature(Double.POSITIVE_INFINITY), g -> g.topP(0), g -> g.topP(1.1), g -> g.topP(Double.NaN),
                g -> g.topK(-1), g -> g.minP(-0.1), g -> g.minP(1.5), g -> g.typicalP(0), g -> g.typicalP(2),
                g -> g.repeatPenalty(0), g -> g.repeatPenalty(Double.NaN),
                g -> g.frequencyPenalty(Double.POSITIVE_INFINITY), g -> g.presencePenalty(Double.NaN),
                g -> g.penaltyWindow(-1), g -> g.maxTokens(-1), g -> g.logitBias(100_000, 1),
                g -> g.logitBias(1, Double.POSITIVE_INFINITY), g -> g.logitBias(1, Double.NaN), g -> g.stop(""),
                g -> g.stopTokens(-1), g -> g.timeout(Duration.ZERO), g -> g.timeout(Duration.ofMillis(-1)),
                g -> g.logprobs(-1), g -> g.logprobs(100_000));
    }

    @ParameterizedTest
    @MethodSource("wrongOptions")
    void optionsOutOfRangeAreRefused(Consumer<Generation> option) {
        Generation generation = FakeModel.saying(STORY).language.generate("the");
        assertThatThrownBy(() -> option.accept(generation)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must ");
    }

    @Test
    void theMessageNamesOptionRangeAndValue() {
        Generation generation = FakeModel.saying(STORY).language.generate("the");
        assertThatThrownBy(() -> generation.temperature(-0.5))
                .hasMessage("temperature must be 0 or more, but was -0.5");
        assertThatThrownBy(() -> generation.topP(2)).hasMessage("topP must be above 0 and at most 1, but was 2");
        assertThatThrownBy(() -> generation.maxTokens(-3)).hasMessage("maxTokens must be 0 or more, but was -3");
    }

    @Test
    void aClosedModelRefusesEverything() {
        PlainModel inference = FakeModel.saying(STORY).language;
        Generation generation = inference.generate("the");
        Chat chat = inference.chat().user("once");
        inference.close();
        for (Supplier<Object> use : List.<Supplier<Object>>of(() -> inference.generate("the"), generation::text,
                generation::stream, () -> generation.async().join(), inference::chat, chat::text,
                () -> inference.score("the"))) {
            assertThatThrownBy(use::get).isInstanceOf(IllegalStateException.class)
                    .hasMessage("the model has been closed");
        }
    }

    @Test
    void aScoreIsTheLogProbabilityOfEachTokenAfterTheFirst() {
        FakeModel model = FakeModel.babbling(60);
        Score score = model.language.score("once upon a time once upon a time once upon");
        assertThat(score.tokens()).hasSize(11);
        assertThat(score.logProbabilities()).hasSize(10);
        List<Double> one = new ArrayList<>();
        for (int i = 1; i < score.tokens().size(); i++) {
            int[] beginning = score.tokens().subList(0, i).stream().mapToInt(t -> t).toArray();
            int next = score.tokens().get(i);
            GenerationResult result = model.language.generate(beginning).temperature(0).maxTokens(1)
                    .logprobs(FakeModel.SIZE).result();
            one.add(result.logProbabilities().getFirst().alternatives().stream().filter(a -> a.token() == next)
                    .findFirst().orElseThrow().logProbability());
        }
        assertThat(score.logProbabilities()).isEqualTo(one);
        double mean = one.stream().mapToDouble(p -> p).average().orElseThrow();
        assertThat(score.perplexity()).isCloseTo(Math.exp(-mean), within(1e-9));
    }

    @Test
    void aScoreOfOneTokenHasNoPerplexity() {
        Score score = FakeModel.babbling(60).language.score("");
        assertThat(score.tokens()).containsExactly(BOS);
        assertThat(score.perplexity()).isNaN();
    }
}
