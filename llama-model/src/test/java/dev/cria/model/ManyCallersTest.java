package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import dev.cria.model.engine.DraftModel;
import dev.cria.model.engine.Drafting;
import dev.cria.model.engine.EngineLimits;
import dev.cria.model.engine.EngineState;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import dev.cria.model.generation.TooManyRequestsException;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.transformer.LoraSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many callers of one model: each gets what it would get alone. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ManyCallersTest {
    private static final int CONTEXT = 150;
    private static final int CONTEXT_PAGES = (CONTEXT + KvPage.POSITIONS - 1) / KvPage.POSITIONS;
    private static final List<String> WORDS = List.of("once", " upon", " a", " time", " the", " end", "ST", "OP");

    /** A request, the same each time it is made. */
    private record Case(String prompt, long seed, int maxTokens, boolean greedy, String stop) {
        static Case random(SplittableRandom random, List<String> beginnings) {
            StringBuilder prompt = new StringBuilder(beginnings.get(random.nextInt(beginnings.size())));
            for (int i = random.nextInt(12); i > 0; i--) {
                prompt.append(WORDS.get(random.nextInt(WORDS.size())));
            }
            return new Case(prompt.toString(), random.nextLong(), random.nextInt(40), random.nextInt(4) == 0,
                    random.nextBoolean() ? "e" : "nothing of this kind");
        }

        Generation on(LanguageModel inference) {
            return inference.generate(prompt).temperature(greedy ? 0 : 1.5).topP(1).seed(seed).maxTokens(maxTokens)
                    .repeatPenalty(1.3).stop(stop).logprobs(1);
        }
    }

    private static String words(SplittableRandom random, int count) {
        return IntStream.range(0, count).mapToObj(_ -> WORDS.get(random.nextInt(WORDS.size())))
                .reduce("", String::concat);
    }

    /** Asks in one of many ways, and compares as much as it has read. */
    private static void ask(LanguageModel inference, Case asked, GenerationResult expected, int way, int patience)
            throws InterruptedException, ExecutionException {
        String alone = expected.text();
        Generation generation = asked.on(inference);
        switch (way) {
            case 0 -> {
                GenerationResult result = generation.result();
                assertThat(result.text()).isEqualTo(alone);
                assertThat(result.tokens()).isEqualTo(expected.tokens());
                assertThat(result.finishReason()).isEqualTo(expected.finishReason());
                assertThat(result.logProbabilities()).isEqualTo(expected.logProbabilities());
            }
            case 1 -> assertThat(generation.async().get().text()).isEqualTo(alone);
            case 2 -> {
                List<String> pieces = new ArrayList<>();
                generation.forEach(pieces::add);
                assertThat(String.join("", pieces)).isEqualTo(alone);
            }
            case 3 -> {
                try (Stream<String> pieces = generation.stream()) {
                    StringBuilder text = new StringBuilder();
                    Iterator<String> iterator = pieces.iterator();
                    while (iterator.hasNext()) {
                        text.append(iterator.next());
                        Thread.sleep(patience % 3);
                    }
                    assertThat(text).hasToString(alone);
                }
            }
            case 4 -> {
                // a reader that vanishes, with or without a word
                Stream<String> pieces = generation.stream();
                assertThat(alone).startsWith(String.join("", pieces.limit(patience).toList()));
                if (patience % 2 == 0) {
                    pieces.close();
                }
            }
            case 5 -> {
                CancellationToken token = new CancellationToken();
                CompletableFuture<GenerationResult> future = generation.cancelOn(token).async();
                Thread.sleep(patience);
                token.cancel();
                // the text may end with half a character
                List<Integer> tokens = future.get().tokens();
                assertThat(tokens).isEqualTo(expected.tokens().subList(0, tokens.size()));
            }
            case 6 -> {
                CompletableFuture<GenerationResult> future = generation.async();
                Thread.sleep(patience);
                future.cancel(true);
            }
            default -> {
                Recorder recorder = new Recorder();
                generation.publish().subscribe(recorder);
                recorder.request(Long.MAX_VALUE);
                StringBuilder text = new StringBuilder();
                for (String signal = recorder.take(1).getFirst(); !signal.equals("complete"); signal = recorder.take(1)
                        .getFirst()) {
                    text.append(signal);
                }
                assertThat(text).hasToString(alone);
            }
        }
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void everyoneGetsWhatTheyWouldGetAlone(@ForAll long scenario) throws Exception {
        SplittableRandom random = new SplittableRandom(scenario);
        List<String> beginnings = List.of("", words(random, random.nextInt(60)), words(random, 40));
        List<Case> cases = Stream.generate(() -> Case.random(random, beginnings)).limit(2 + random.nextInt(39))
                .toList();
        EngineLimits limits = new EngineLimits(1 + random.nextInt(8), Integer.MAX_VALUE,
                KvPage.POSITIONS * (CONTEXT_PAGES + (long) random.nextInt(20)), random.nextInt(4) > 0);
        FakeModel model = new FakeModel(CONTEXT, 1 + random.nextInt(16), limits, drafting(random),
                FakeModel::repetition);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> answers = new ArrayList<>();
            for (Case each : cases) {
                int way = random.nextInt(8);
                int patience = random.nextInt(8);
                Callable<Void> call = () -> {
                    FakeModel other = new FakeModel(CONTEXT, 8, FakeModel::repetition);
                    ask(model.language, each, each.on(other.language).result(), way, patience);
                    return null;
                };
                answers.add(callers.submit(call));
            }
            for (Future<Void> answer : answers) {
                answer.get();
            }
        }
        EngineState state = idle(model);
        assertThat(state.kvBytes()).as("only what is kept for others").isEqualTo(state.prefixBytes())
                .isLessThanOrEqualTo(limits.kvCacheBytes());
    }

    /** Guesses of any quality, or none. */
    private static Drafting drafting(SplittableRandom random) {
        int wrong = 1 + random.nextInt(6);
        FakeForwardPass draft = new FakeForwardPass(FakeModel.SIZE, CONTEXT - random.nextInt(40),
                1 + random.nextInt(16), tokens -> FakeModel.repetition(
                        tokens.hashCode() % wrong == 0 ? tokens.subList(tokens.size() / 2, tokens.size()) : tokens));
        long bytes = KvPage.POSITIONS * (1 + random.nextLong(30));
        return new Drafting(random.nextBoolean(), random.nextBoolean()
                ? Optional.of(new DraftModel(draft, LoraSet.NONE, bytes, System::nanoTime))
                : Optional.empty());
    }

    /** {@return what the engine does once it has forgotten those whose readers are gone} */
    private static EngineState idle(FakeModel model) throws InterruptedException {
        while (model.engine.state().running() > 0 || model.engine.state().queued() > 0) {
            Thread.sleep(1);
        }
        return model.engine.state();
    }

    @Test
    void allThatCanGoOnAreInOnePass() throws InterruptedException {
        FakeModel model = FakeModel.babbling(100, 64, FakeModel.UNLIMITED);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        model.forward.layer = () -> {
            first.countDown();
            GenerationTest.await(goOn);
        };
        List<CompletableFuture<GenerationResult>> futures = new ArrayList<>();
        futures.add(model.language.generate("once").maxTokens(20).async());
        first.await();
        for (int i = 0; i < 8; i++) {
            futures.add(model.language.generate("once").seed(i).maxTokens(20).async());
        }
        while (model.engine.state().queued() < 8) {
            Thread.sleep(1);
        }
        goOn.countDown();
        futures.forEach(CompletableFuture::join);
        assertThat(model.forward.passes).hasSizeLessThan(45).contains(9);
    }

    @Test
    void aShortPromptDoesNotWaitForTheEndOfALongOne() throws InterruptedException {
        FakeModel model = FakeModel.babbling(1_000, 8, FakeModel.UNLIMITED);
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        model.forward.layer = () -> {
            reading.countDown();
            GenerationTest.await(goOn);
        };
        CompletableFuture<GenerationResult> slow = model.language.generate(new int[900]).maxTokens(1).async();
        GenerationTest.await(reading);
        AtomicInteger answeredAfter = new AtomicInteger();
        model.forward.layer = () -> {
            if (answeredAfter.get() == 0 && model.forward.hasRead(List.of(1, 2, 3))) {
                answeredAfter.set(model.forward.passes.size());
            }
        };
        CompletableFuture<GenerationResult> quick = model.language.generate(new int[]{1, 2, 3}).maxTokens(2).async();
        while (model.engine.state().queued() < 1) {
            Thread.sleep(1);
        }
        goOn.countDown();
        quick.join();
        slow.join();
        assertThat(answeredAfter).as("passes until the first token, the one that was held included").hasValueBetween(1,
                5);
    }

    @Test
    void aPromptThatBeginsAlikeReadsOnlyTheRest() {
        FakeModel model = FakeModel.babbling(200, 64, FakeModel.UNLIMITED);
        int[] prompt = IntStream.range(0, 100).map(i -> 3 + i).toArray();
        model.language.generate(prompt).maxTokens(3).result();
        Timings same = model.language.generate(prompt).maxTokens(3).result().timings();
        assertThat(same.reusedTokens()).isEqualTo(99);
        assertThat(same.promptTokens()).isEqualTo(1);
        prompt[70] = 3;
        assertThat(model.language.generate(prompt).maxTokens(3).result().timings().reusedTokens()).isEqualTo(70);
    }

    @Test
    void aRequestMayReadAllAndKeepNothing() {
        FakeModel model = FakeModel.babbling(200, 64, FakeModel.UNLIMITED);
        Generation asked = model.language.generate(IntStream.range(0, 100).map(i -> 3 + i).toArray()).seed(1)
                .maxTokens(3);
        GenerationResult first = asked.prefixReuse(false).result();
        assertThat(model.engine.state().prefixBytes()).as("kept").isZero();
        assertThat(asked.prefixReuse(true).result().timings().reusedTokens()).isZero();
        GenerationResult apart = asked.prefixReuse(false).result();
        assertThat(apart.timings().reusedTokens()).isZero();
        assertThat(apart.tokens()).isEqualTo(first.tokens());
        assertThat(asked.prefixReuse(true).result().timings().reusedTokens()).isEqualTo(99);
    }

    @Test
    void candidatesReadTheirPromptOnce() {
        FakeModel model = FakeModel.babbling(200, 64, FakeModel.UNLIMITED);
        Generation generation = model.language.generate(IntStream.range(0, 100).map(i -> 3 + i).toArray()).seed(7)
                .temperature(2).maxTokens(5);
        List<GenerationResult> candidates = generation.candidates(4);
        assertThat(candidates).extracting(candidate -> candidate.seed().getAsLong()).containsExactly(7L, 8L, 9L, 10L);
        assertThat(candidates).extracting(GenerationResult::tokens).doesNotHaveDuplicates();
        assertThat(candidates.getFirst().tokens()).isEqualTo(generation.result().tokens());
        assertThat(candidates).extracting(candidate -> candidate.timings().reusedTokens()).containsOnlyOnce(0)
                .containsOnly(0, 99);
        assertThatThrownBy(() -> generation.candidates(0)).hasMessage("candidates must be at least 1, but was 0");
    }

    @Test
    void nothingIsReusedWhereThatIsTurnedOff() {
        FakeModel model = FakeModel.babbling(200, 64, new EngineLimits(4, 4, Long.MAX_VALUE, false));
        for (int i = 0; i < 2; i++) {
            assertThat(model.language.generate(new int[50]).maxTokens(3).result().timings().reusedTokens()).isZero();
        }
    }

    @Test
    void moreThanTheQueueHoldsAreRefused() {
        FakeModel model = FakeModel.babbling(100, 8, new EngineLimits(1, 2, Long.MAX_VALUE, true));
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        model.forward.layer = () -> {
            running.countDown();
            GenerationTest.await(goOn);
        };
        List<CompletableFuture<GenerationResult>> futures = new ArrayList<>();
        futures.add(model.language.generate("once").maxTokens(2).async());
        GenerationTest.await(running);
        for (int i = 0; i < 2; i++) {
            futures.add(model.language.generate("once").maxTokens(2).async());
            while (model.engine.state().queued() <= i) {
                Thread.onSpinWait();
            }
        }
        assertThatThrownBy(() -> model.language.generate("once").text())
                .isInstanceOfSatisfying(TooManyRequestsException.class, e -> assertThat(e.queueLimit()).isEqualTo(2))
                .hasMessage("the model has as many requests waiting as its queue holds, 2: ask again later, or load it"
                        + " with a larger queueLimit");
        goOn.countDown();
        futures.forEach(future -> assertThat(future.join().tokens()).hasSize(2));
    }

    @Test
    void aTextWhoseKeysAndValuesOutgrowTheBudgetIsRefusedByNumber() {
        FakeModel model = FakeModel.babbling(200, 8, new EngineLimits(4, 4, 2L * KvPage.POSITIONS, true));
        assertThatThrownBy(() -> model.language.generate(new int[70]).text()).isInstanceOf(CriaException.class)
                .hasMessageContaining("do not fit into the 64 bytes").hasMessageContaining("kvCacheBytes");
        assertThat(model.language.generate(new int[10]).maxTokens(5).result().tokens()).hasSize(5);
    }

    @Test
    void aMachineWithoutMemoryForKeysAndValuesIsAFailureOfThatRequestOnly() {
        FakeModel model = FakeModel.babbling(200, 8, FakeModel.UNLIMITED);
        model.forward.pagesLeft.set(1);
        assertThatThrownBy(() -> model.language.generate(new int[70]).text()).isInstanceOf(CriaException.class)
                .hasMessageContaining("-Xmx").hasCauseInstanceOf(OutOfMemoryError.class);
        model.forward.pagesLeft.set(Integer.MAX_VALUE);
        assertThat(model.language.generate(new int[70]).maxTokens(5).result().tokens()).hasSize(5);
    }

    @Test
    void aFaultBetweenPassesEndsThoseWhoWaitAndNobodyAfterThem() {
        FakeModel model = FakeModel.babbling(100, 8, FakeModel.UNLIMITED);
        Generation generation = model.language.generate("once").seed(1).maxTokens(5);
        String text = generation.text();
        model.forward.planning = () -> {
            throw new OutOfMemoryError("between two passes");
        };
        assertThatThrownBy(generation::text).isInstanceOf(CriaException.class).hasMessageContaining("-Xmx")
                .hasRootCauseMessage("between two passes");
        model.forward.planning = () -> {};
        assertThat(generation.text()).isEqualTo(text);
    }

    @Test
    void whereMemoryEndsInAPassItsCallersHearWhatToDo() {
        FakeModel model = FakeModel.babbling(100, 8, FakeModel.UNLIMITED);
        Generation generation = model.language.generate("once").seed(1).maxTokens(5);
        String text = generation.text();
        model.forward.layer = () -> {
            throw new OutOfMemoryError("in a layer");
        };
        assertThatThrownBy(generation::text).isInstanceOf(CriaException.class)
                .hasMessage("the memory of the JVM has run out while the model computed: give the JVM more by -Xmx, or"
                        + " have the model use less of it by kvCacheBytes, maxConcurrent or promptChunk")
                .hasRootCauseMessage("in a layer");
        model.forward.layer = () -> {};
        assertThat(generation.text()).isEqualTo(text);
    }

    @Test
    void whatFailsForOneDoesNotFailForOthers() {
        FakeModel model = FakeModel.babbling(100, 8, FakeModel.UNLIMITED);
        CompletableFuture<GenerationResult> fine = model.language.generate("once").maxTokens(50).async();
        Generation broken = model.language.generate("once");
        for (int token = 0; token < FakeModel.SIZE; token++) {
            broken.logitBias(token, Double.NEGATIVE_INFINITY);
        }
        assertThatThrownBy(broken::text).isInstanceOf(CriaException.class).hasMessageContaining("no token can follow");
        assertThat(fine.join().tokens()).hasSize(50);
    }

    @Test
    void closingTheEngineEndsEveryone() {
        FakeModel model = FakeModel.babbling(100, 8, new EngineLimits(2, 100, Long.MAX_VALUE, true));
        CountDownLatch running = new CountDownLatch(3);
        model.forward.layer = running::countDown;
        List<CompletableFuture<GenerationResult>> futures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            futures.add(model.language.generate("once " + i).async());
        }
        GenerationTest.await(running);
        model.engine.close();
        for (CompletableFuture<GenerationResult> future : futures) {
            assertThat(future.handle((_, failure) -> failure == null
                    || "the model has been closed".equals(failure.getMessage())).join()).isTrue();
        }
        assertThatThrownBy(() -> model.language.generate("once").text()).hasMessage("the model has been closed");
        assertThat(model.engine.state().kvBytes()).isZero();
    }

    @Test
    void textsOfAListAreComputedTogether() {
        FakeModel model = FakeModel.babbling(100, 64, FakeModel.UNLIMITED);
        List<String> texts = IntStream.range(0, 40).mapToObj(i -> "once upon " + i).toList();
        List<Score> together = model.language.scoreAll(texts);
        int passes = model.forward.passes.size();
        assertThat(passes).isLessThan(40);
        FakeModel other = FakeModel.babbling(100);
        assertThat(together).isEqualTo(texts.stream().map(other.language::score).toList());
    }
}
