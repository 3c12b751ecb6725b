package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.CriaException;
import dev.cria.model.engine.DraftModel;
import dev.cria.model.engine.Drafting;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.transformer.LoraSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Guessed tokens: fewer passes where they come true, the same answers in any case. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SpeculationTest {
    private static final Drafting LOOKUP = new Drafting(true, Optional.empty());
    private static final int CONTEXT = 1_000;

    @TempDir
    private Path folder = Path.of("");

    private static int[] text(int length) {
        return new SplittableRandom(length).ints(length, FakeModel.FIRST_BYTE, FakeModel.SIZE).toArray();
    }

    /** {@return a model that says the prompt again, with another token now and then} */
    private static FakeModel summarising(int[] prompt, Drafting drafting) {
        return new FakeModel(CONTEXT, 64, FakeModel.UNLIMITED, drafting, copying(prompt));
    }

    private static Function<List<Integer>, float[]> copying(int[] prompt) {
        return tokens -> {
            int said = tokens.size() - prompt.length;
            return FakeModel
                    .favouring(said % 17 == 16 ? FakeModel.FIRST_BYTE + said % 256 : prompt[said % prompt.length]);
        };
    }

    private static Drafting draft(FakeForwardPass forward) {
        return new Drafting(false, Optional.of(new DraftModel(forward, LoraSet.NONE, Long.MAX_VALUE, () -> 0)));
    }

    /** Lets every row of a pass take as long as the first one. */
    private static void makeRowsDear(FakeModel model) {
        model.forward.layer = () -> model.nanos.addAndGet(model.forward.passes.getLast());
    }

    private static long passesWithGuesses(FakeModel model) {
        return model.forward.passes.stream().skip(1).filter(rows -> rows > 1).count();
    }

    private static GenerationResult greedy(FakeModel model, int[] prompt, int tokens) {
        return model.language.generate(prompt).temperature(0).maxTokens(tokens).logprobs(2).result();
    }

    private static void assertSame(GenerationResult actual, GenerationResult expected) {
        assertThat(actual.tokens()).isEqualTo(expected.tokens());
        assertThat(actual.text()).isEqualTo(expected.text());
        assertThat(actual.finishReason()).isEqualTo(expected.finishReason());
        assertThat(actual.logProbabilities()).isEqualTo(expected.logProbabilities());
    }

    @Test
    void aSummaryThatRepeatsItsInputTakesFewerPassesThanTokensByMoreThanAThird() {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        GenerationResult result = greedy(model, prompt, 300);
        assertSame(result, greedy(summarising(prompt, Drafting.NONE), prompt, 300));
        assertThat(result.tokens()).hasSize(300);
        assertThat(model.forward.passes.size()).isLessThan(150);
        int saved = 300 - model.forward.passes.size();
        assertThat(result.timings().acceptedTokens()).isEqualTo(saved).isLessThan(result.timings().draftedTokens());
    }

    @Test
    void whereGuessesAreNeverTrueTheyAreGivenUp() {
        // the same two tokens are always followed by another one
        FakeModel model = new FakeModel(CONTEXT, 64, FakeModel.UNLIMITED, LOOKUP,
                tokens -> FakeModel.favouring(tokens.size() % 3 == 0
                        ? 5
                        : tokens.size() % 3 == 1
                                ? 6
                                : 10 + tokens.size() / 3));
        GenerationResult result = greedy(model, new int[]{1, 1, 1}, 900);
        assertThat(result.tokens()).hasSize(900);
        assertThat(result.timings().acceptedTokens()).isZero();
        assertThat(passesWithGuesses(model)).isBetween(1L, 20L);
    }

    @Test
    void whereRowsAreDearTrueGuessesAreGivenUpToo() {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        makeRowsDear(model);
        assertThat(greedy(model, prompt, 500).tokens()).hasSize(500);
        assertThat(passesWithGuesses(model)).isBetween(1L, 3L);
    }

    @Test
    void guessesComeBackWhenTheyPayAgain() {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        makeRowsDear(model);
        greedy(model, prompt, 100);
        long dear = passesWithGuesses(model);
        model.forward.layer = () -> model.nanos.addAndGet(60);
        for (int i = 0; i < 3; i++) {
            greedy(model, prompt, 500);
        }
        assertThat(passesWithGuesses(model)).isGreaterThan(dear + 20);
    }

    @Test
    void anAnswerEndsWhereItWouldWithoutGuesses() {
        int[] prompt = text(60);
        for (int limit : List.of(0, 1, 2, 5, 21, 22, 23)) {
            assertSame(greedy(summarising(prompt, LOOKUP), prompt, limit),
                    greedy(summarising(prompt, Drafting.NONE), prompt, limit));
        }
        for (int token : List.of(prompt[20], prompt[21], prompt[22], prompt[23])) {
            List<GenerationResult> results = Stream.of(LOOKUP, Drafting.NONE)
                    .map(drafting -> summarising(prompt, drafting).language.generate(prompt).temperature(0)
                            .stopTokens(token).logprobs(0).result())
                    .toList();
            assertThat(results.getFirst().finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
            assertSame(results.getFirst(), results.getLast());
        }
        GenerationResult full = greedy(summarising(prompt, LOOKUP), prompt, Integer.MAX_VALUE);
        assertThat(full.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
        assertSame(full, greedy(summarising(prompt, Drafting.NONE), prompt, Integer.MAX_VALUE));
    }

    @Test
    void oneRequestMayGuessOrNotWhateverTheModelDoes() {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        var without = model.language.generate(prompt).temperature(0).maxTokens(100).promptLookup(false).result();
        assertThat(without.timings().draftedTokens()).isZero();
        FakeModel other = summarising(prompt, Drafting.NONE);
        var with = other.language.generate(prompt).temperature(0).maxTokens(100).promptLookup(true).result();
        assertThat(with.timings().acceptedTokens()).isPositive();
        assertThat(with.tokens()).isEqualTo(without.tokens());
    }

    @Test
    void whatWasConfirmedIsKeptForTheNextPromptAndNothingElse() {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        GenerationResult result = greedy(model, prompt, 200);
        assertThat(result.timings().acceptedTokens()).isGreaterThan(60);
        int[] longer = IntStream.concat(IntStream.of(prompt), result.tokens().stream().mapToInt(i -> i)).toArray();
        int reused = greedy(model, longer, 1).timings().reusedTokens();
        assertThat(reused).isEqualTo(longer.length - 1);
    }

    @Test
    void manyCallersNeedTheirRowsForThemselves() throws InterruptedException {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        model.forward.layer = () -> {
            first.countDown();
            GenerationTest.await(goOn);
        };
        List<CompletableFuture<GenerationResult>> futures = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            futures.add(model.language.generate(prompt).temperature(0).maxTokens(100).async());
        }
        first.await();
        while (model.engine.state().queued() < 15) {
            Thread.sleep(1);
        }
        goOn.countDown();
        futures.forEach(CompletableFuture::join);
        assertThat(model.forward.passes.stream().skip(1)).allMatch(rows -> rows <= 16);
        assertThat(futures).extracting(future -> future.join().tokens())
                .containsOnly(greedy(summarising(prompt, Drafting.NONE), prompt, 100).tokens());
    }

    @Test
    void aReaderWhoStopsIsLeftBehindByNoMoreThanAPass() {
        int[] prompt = text(60);
        FakeModel model = summarising(prompt, LOOKUP);
        try (Stream<String> pieces = model.language.generate(prompt).temperature(0).maxTokens(400).stream()) {
            Iterator<String> iterator = pieces.iterator();
            for (int i = 0; i < 100; i++) {
                iterator.next();
            }
            while (model.engine.state().running() > 0) {
                Thread.onSpinWait();
            }
            assertThat(model.forward.passes.size()).isLessThan(80);
            int passes = model.forward.passes.size();
            assertThat(iterator.hasNext()).isTrue();
            assertThat(model.forward.passes.size()).isLessThan(passes + 4);
        }
    }

    @Test
    void aDraftModelThatAgreesSavesPasses() {
        int[] prompt = text(60);
        FakeForwardPass draft = new FakeForwardPass(FakeModel.SIZE, CONTEXT, 16, copying(prompt));
        FakeModel model = summarising(prompt, draft(draft));
        GenerationResult result = greedy(model, prompt, 300);
        assertSame(result, greedy(summarising(prompt, Drafting.NONE), prompt, 300));
        assertThat(model.forward.passes.size()).isLessThan(60);
        assertThat(result.timings().acceptedTokens()).isEqualTo(result.timings().draftedTokens());
    }

    @Test
    void aDraftModelThatKnowsNothingIsAskedSeldom() {
        int[] prompt = text(60);
        FakeForwardPass draft = new FakeForwardPass(FakeModel.SIZE, CONTEXT, 64, _ -> FakeModel.favouring(0));
        FakeModel model = summarising(prompt, draft(draft));
        assertThat(greedy(model, prompt, 900).timings().acceptedTokens()).isZero();
        assertThat(passesWithGuesses(model)).isBetween(1L, 30L);
        assertThat(draft.passes.size()).isLessThan(120);
    }

    @Test
    void aDraftModelThatFailsIsLeftOut() {
        int[] prompt = text(60);
        FakeForwardPass draft = new FakeForwardPass(FakeModel.SIZE, CONTEXT, 64, copying(prompt));
        FakeModel model = summarising(prompt, draft(draft));
        draft.layer = () -> {
            throw new IllegalStateException("the model has been closed");
        };
        GenerationResult result = greedy(model, prompt, 100);
        assertThat(result.tokens()).hasSize(100);
        assertThat(result.timings().draftedTokens()).isZero();
        assertThat(draft.passes).hasSize(1);
    }

    @Test
    void aDraftModelWithoutMemoryGuessesNothing() {
        int[] prompt = text(60);
        FakeForwardPass draft = new FakeForwardPass(FakeModel.SIZE, CONTEXT, 64, copying(prompt));
        FakeModel model = summarising(prompt, new Drafting(false,
                Optional.of(new DraftModel(draft, LoraSet.NONE, 2 * draft.pageBytes(), () -> 0))));
        GenerationResult result = greedy(model, prompt, 100);
        assertThat(result.tokens()).hasSize(100);
        assertThat(result.timings().acceptedTokens()).as("up to the end of the second page").isLessThan(8);
    }

    @Test
    void theVocabularyOfADraftModelMustBeTheSame() {
        Path large = new SmallModelFile().piece("<a>").write(folder.resolve("large.gguf"));
        Path other = new SmallModelFile().piece("<b>").write(folder.resolve("other.gguf"));
        Path fewer = new SmallModelFile().write(folder.resolve("fewer.gguf"));
        try (LlamaModel draft = LlamaModel.load(other)) {
            assertThatThrownBy(() -> LlamaModel.builder(large).draft(draft).load()).isInstanceOf(CriaException.class)
                    .hasMessage(
                            large + ": the draft model cannot guess for it, because its token 260 is \"<b>\" instead of"
                                    + " \"<a>\"; take a smaller model with the same vocabulary");
        }
        LlamaModel draft = LlamaModel.load(fewer);
        assertThatThrownBy(() -> LlamaModel.builder(large).draft(draft).load()).isInstanceOf(CriaException.class)
                .hasMessageContaining("its vocabulary has 260 tokens instead of 261");
        draft.close();
        assertThatThrownBy(() -> LlamaModel.builder(fewer).draft(draft).load())
                .isInstanceOf(IllegalStateException.class).hasMessage("the model has been closed");
    }

    @Test
    void aDraftModelThatIsClosedLeavesTheOtherAsItIs() {
        Path path = new SmallModelFile().write(folder.resolve("model.gguf"));
        LlamaModel draft = LlamaModel.builder(path).chatTemplate(ChatTemplate.llama2()).load();
        try (LlamaModel model = LlamaModel.builder(path).draft(draft).load()) {
            Generation generation = model.generate("Once").temperature(0).maxTokens(60);
            List<Integer> tokens = generation.result().tokens();
            draft.close();
            assertThat(generation.result().tokens()).isEqualTo(tokens);
        }
    }
}
