package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.cria.core.Kernels;
import dev.cria.golden.Golden;
import dev.cria.model.config.KvType;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.quant.QuantMix;
import dev.cria.quant.Quantizer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The library as its users see it, on a trained model. */
class LlamaModelTest {
    private static final Path TINY = Golden.tinyModel();

    @Test
    void continuesAStory() {
        try (LlamaModel model = LlamaModel.load(TINY)) {
            assertThat(model.generate("Once upon a time").temperature(0).maxTokens(20).echo(true).text())
                    .startsWith("Once upon a time there was a kit named Frank in a mountain.");
        }
    }

    @Test
    void severalThreadsGetWhatEachWouldGetAlone() throws ExecutionException, InterruptedException {
        try (LlamaModel model = LlamaModel.builder(TINY).threads(2).load()) {
            List<String> alone = new ArrayList<>();
            List<CompletableFuture<GenerationResult>> together = new ArrayList<>();
            String[] prompts = {"Once upon a time", "The dog was", "Lily said", "One day a"};
            for (int i = 0; i < prompts.length; i++) {
                alone.add(model.generate(prompts[i]).seed(i).maxTokens(100).text());
            }
            for (int i = 0; i < prompts.length; i++) {
                together.add(model.generate(prompts[i]).seed(i).maxTokens(100).async());
            }
            for (int i = 0; i < prompts.length; i++) {
                assertThat(together.get(i).get().text()).isEqualTo(alone.get(i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(LlamaModel.WeightMemory.class)
    void theTextDoesNotDependOnWhereTheWeightsAreOrWhoComputes(LlamaModel.WeightMemory memory) {
        String expected;
        try (LlamaModel model = LlamaModel.load(TINY)) {
            expected = model.generate("Tom and Sue").seed(5).maxTokens(50).text();
        }
        try (LlamaModel model = LlamaModel.builder(TINY).weightMemory(memory).kernels(Kernels.plain()).threads(3)
                .promptChunk(2).load()) {
            assertThat(model.generate("Tom and Sue").seed(5).maxTokens(50).text()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"F16, 0.01", "Q8, 0.3"})
    void keysAndValuesInFewerBitsChangeLittleAndDoNotDependOnThreadsOrChunks(KvType type, double most) {
        Score exact;
        try (LlamaModel model = LlamaModel.load(TINY)) {
            exact = model.score("Once upon a time, there was a little girl named Lily.");
        }
        List<Score> rounded = new ArrayList<>();
        for (int threads = 1; threads <= 3; threads++) {
            try (LlamaModel model = LlamaModel.builder(TINY).kvType(type).threads(threads)
                    .promptChunk(3 * threads).load()) {
                rounded.add(model.score("Once upon a time, there was a little girl named Lily."));
            }
        }
        assertThat(rounded.get(1)).isEqualTo(rounded.get(0)).isEqualTo(rounded.get(2)).isNotEqualTo(exact);
        for (int i = 0; i < exact.logProbabilities().size(); i++) {
            assertThat(rounded.getFirst().logProbabilities().get(i)).isCloseTo(exact.logProbabilities().get(i),
                    org.assertj.core.api.Assertions.within(most));
        }
    }

    @Test
    void closingDuringAGenerationEndsItWithAClearException() throws InterruptedException {
        LlamaModel model = LlamaModel.load(TINY);
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> running = CompletableFuture.runAsync(() -> {
            while (true) {
                model.generate("Once").maxTokens(500).forEach(piece -> begun.countDown());
            }
        });
        assertThat(begun.await(5, TimeUnit.MINUTES)).isTrue();
        model.close();
        assertThatThrownBy(() -> running.get(5, TimeUnit.MINUTES)).hasRootCauseInstanceOf(
                IllegalStateException.class).hasMessageContaining("the model has been closed");
    }

    @Test
    void useAfterCloseIsRefused() {
        LlamaModel model = LlamaModel.load(TINY);
        Generation generation = model.generate("Once");
        model.close();
        model.close();
        assertThatThrownBy(() -> model.generate("Once")).isInstanceOf(IllegalStateException.class)
                .hasMessage("the model has been closed");
        assertThatThrownBy(generation::text).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(model::chat).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> model.score("Once")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void wrongInputIsToldWhatIsWrong() {
        try (LlamaModel model = LlamaModel.builder(TINY).contextLength(16).load()) {
            assertThatThrownBy(
                    () -> model.generate("Once upon a time there was a little girl named Lily and a big dog"))
                    .isInstanceOf(ContextOverflowException.class).hasMessageContaining("16");
            assertThatThrownBy(() -> model.generate(new int[]{1, 2048})).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0 to 2047").hasMessageContaining("2048");
            assertThatThrownBy(() -> model.generate(new int[0])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> model.generate("a").temperature(-1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("temperature").hasMessageContaining("-1");
            assertThat(model.generate("").temperature(0).maxTokens(3).result().promptTokens()).containsExactly(1);
            GenerationResult full = model.generate("Once").temperature(0).logitBias(2, -1000.0).result();
            assertThat(full.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(full.tokens().size() + full.promptTokens().size()).isEqualTo(16);
        }
        assertThatThrownBy(() -> LlamaModel.builder(Path.of("x")).threads(0)).hasMessageContaining(
                "threads must be at least 1, not 0");
    }

    @Test
    void aTimeLimitEndsAGeneration() {
        try (LlamaModel model = LlamaModel.load(TINY)) {
            GenerationResult result = model.generate("Once").timeout(Duration.ofNanos(1)).result();
            assertThat(result.finishReason()).isEqualTo(FinishReason.TIMEOUT);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q4_0", "Q8_0"})
    void aDecodeStepAllocatesNothingThatGrowsWithTheModel(QuantMix mix, @TempDir Path folder) {
        Path file = folder.resolve("model.gguf");
        try (ModelFile tiny = ModelFile.open(TINY)) {
            Quantizer.to(mix).requantize(true).write(tiny.checkpoint(), file);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        // plain kernels: until C2 has compiled them, vectors are objects
        try (LlamaModel model = LlamaModel.builder(file).threads(1).kernels(Kernels.plain()).load()) {
            Generation generation = model.generate(new int[]{1, 300}).temperature(0);
            generation.maxTokens(200).result();
            long few = allocated(threads, generation.maxTokens(40));
            long many = allocated(threads, generation.maxTokens(300));
            long perToken = (many - few) / 260;
            // keys and values of a token are what must be kept; they come in pages
            long kept = 8L * model.config().layers() * model.config().kvLength() * 4;
            assertThat(perToken).isLessThan(kept + 8_192).isLessThan(model.config().vocabularySize() * 4L * 20);
        }
    }

    private static long allocated(ThreadMXBean threads, Generation generation) {
        long before = threads.getCurrentThreadAllocatedBytes();
        generation.result();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
