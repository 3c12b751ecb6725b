package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.ChatTemplate;
import dev.cria.model.config.KvType;
import dev.cria.model.engine.EngineState;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.transformer.KvPage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many conversations with a transformer at once: the same bits as alone, and nothing left behind. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ManyConversationsTest {
    private static final int CALLERS = 12;
    private static final int TURNS = 3;

    @TempDir
    private Path folder = Path.of("");

    private LlamaModel.Builder builder() {
        return LlamaModel.builder(new SmallModelFile().write(folder.resolve("model.gguf")))
                .chatTemplate(ChatTemplate.llama2()).contextLength(512);
    }

    /** A conversation, with all that can be seen of its answers. */
    private static List<GenerationResult> converse(LlamaModel model, int seed) {
        Chat chat = model.chat().system("Be brief.").seed(seed).temperature(seed % 3 == 0 ? 0 : 1.2).maxTokens(9)
                .logprobs(2);
        List<GenerationResult> answers = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            answers.add(chat.user("Say " + seed % 4 + turn).result());
        }
        return answers;
    }

    private static List<List<?>> visible(List<GenerationResult> answers) {
        return answers.stream().<List<?>>map(
                answer -> List.of(answer.text(), answer.tokens(), answer.finishReason(), answer.logProbabilities()))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"F32, 1, true, 258, 1, false, 0", "F32, 2, true, 7, 1, true, 0", "F16, 4, true, 258, 1, true, 1",
        "F16, 2, false, 33, 1, true, 2", "F32, 2, true, 258, 2, false, 2", "F16, 1, true, 5, 3, true, 1",
        "Q8, 2, true, 7, 2, true, 2", "Q8, 4, false, 258, 12, false, 1"})
    void areTheSameToTheBitAsOneAfterAnother(KvType kvType, int threads, boolean reuse, int promptChunk, int contexts,
            boolean lookup, int draftThreads) {
        List<List<List<?>>> alone;
        try (LlamaModel model = builder().kvType(kvType).threads(1).maxConcurrent(1).prefixReuse(false)
                .promptLookup(false).load()) {
            alone = IntStream.range(0, CALLERS).mapToObj(i -> visible(converse(model, i))).toList();
        }
        long context = bytesOfAContext(kvType);
        LlamaModel.Builder together = builder().kvType(kvType).threads(threads).prefixReuse(reuse)
                .promptChunk(promptChunk).kvCacheBytes(contexts * context).promptLookup(lookup);
        // the same weights, so that most guesses come true
        try (LlamaModel draft = builder().threads(Math.max(1, draftThreads)).load();
                LlamaModel model = (draftThreads > 0 ? together.draft(draft) : together).load();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<List<List<?>>>> answers = IntStream.range(0, CALLERS)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> visible(converse(model, i)), callers)).toList();
            assertThat(answers.stream().map(CompletableFuture::join).toList()).isEqualTo(alone);
            assertThat(model.computed().engine().state().kvBytes())
                    .isLessThanOrEqualTo(contexts * context);
        }
    }

    @Test
    void aTextThatTakesAllThereIsCanBeReadAgainWithAnotherEnd() {
        int[] text = new SplittableRandom(1).ints(500, 3, 250).toArray();
        int[] other = text.clone();
        other[499]++;
        List<Integer> expected;
        try (LlamaModel model = builder().load()) {
            expected = model.generate(other).temperature(0).result().tokens();
        }
        try (LlamaModel model = builder().kvCacheBytes(bytesOfAContext(KvType.F32)).load()) {
            model.generate(text).temperature(0).text();
            GenerationResult result = model.generate(other).temperature(0).result();
            assertThat(result.tokens()).isEqualTo(expected);
            assertThat(result.timings().reusedTokens()).isEqualTo(499);
        }
    }

    private long bytesOfAContext(KvType kvType) {
        try (LlamaModel model = builder().kvType(kvType).load()) {
            return model.contextLength() / KvPage.POSITIONS * model.computed().engine().forward().pageBytes();
        }
    }

    @Test
    void leaveNothingBehind() throws Exception {
        List<List<List<?>>> alone;
        try (LlamaModel model = builder().maxConcurrent(1).load()) {
            alone = IntStream.range(0, 12).mapToObj(i -> visible(converse(model, i))).toList();
        }
        Set<Thread> others = engines();
        LlamaModel model = builder().threads(2).maxConcurrent(8).load();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> conversations = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                int number = i;
                conversations.add(callers.submit(() -> {
                    disturb(model, number);
                    assertThat(visible(converse(model, number % 12))).isEqualTo(alone.get(number % 12));
                }));
            }
            for (Future<?> conversation : conversations) {
                conversation.get();
            }
        }
        EngineState state = model.computed().engine().state();
        while (state.running() > 0) {
            Thread.sleep(1);
            state = model.computed().engine().state();
        }
        assertThat(state.queued()).isZero();
        assertThat(state.kvBytes()).isEqualTo(state.prefixBytes());
        model.close();
        assertThat(others).containsAll(engines());
    }

    /** {@return the threads of engines, of other tests' models as well} */
    private static Set<Thread> engines() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("cria-engine"))
                .collect(Collectors.toSet());
    }

    /** Begins something and does not end it properly. */
    private static void disturb(LlamaModel model, int number) {
        SplittableRandom random = new SplittableRandom(number);
        Chat chat = model.chat().seed(number).maxTokens(20).user("Hello");
        switch (random.nextInt(6)) {
            case 0 -> chat.async().cancel(true);
            case 1 -> {
                try (Stream<String> pieces = chat.stream()) {
                    var _ = pieces.findFirst();
                }
            }
            case 2 -> {
                // nobody closes this one, or reads it on
                var _ = chat.stream().iterator().hasNext();
            }
            case 3 -> {
                try {
                    chat.forEach(_ -> {
                        throw new IllegalStateException("on purpose");
                    });
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessage("on purpose");
                }
            }
            case 4 -> {
                Thread.currentThread().interrupt();
                assertThat(chat.result().finishReason()).isEqualTo(FinishReason.CANCELLED);
                assertThat(Thread.interrupted()).isTrue();
            }
            default -> chat.publish().subscribe(new Recorder());
        }
    }
}
