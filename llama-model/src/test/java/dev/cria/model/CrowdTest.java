package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.config.KvType;
import dev.cria.model.engine.EngineLimits;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.TooManyRequestsException;
import dev.cria.model.transformer.KvPage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests of every kind at once: with adapters and without, in a hurry and not, long and short. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CrowdTest {
    @TempDir
    private Path folder = Path.of("");

    /**
     * What one caller asks.
     *
     * @param prompt the prompt
     * @param adapter which adapter it has; 0 for none
     * @param reuses whether it uses what others have read
     * @param greedy whether nothing is drawn
     * @param seed of the draws
     * @param impatient whether its time is over before its end
     */
    private record Request(String prompt, int adapter, boolean reuses, boolean greedy, long seed, boolean impatient) {
        static Request random(SplittableRandom random, boolean impatient) {
            String prompt = "Tell me of " + "this and that, ".repeat(random.nextInt(8)) + random.nextInt(5);
            return new Request(prompt, random.nextInt(3), random.nextInt(4) > 0, random.nextBoolean(),
                    random.nextLong(), impatient);
        }

        Generation on(LanguageModel model, List<LoraAdapter> adapters) {
            Generation generation = model.generate(prompt).temperature(greedy ? 0 : 1.5).seed(seed).maxTokens(12)
                    .prefixReuse(reuses).repeatPenalty(1.2);
            return adapter == 0 ? generation : generation.lora(adapters.get(adapter - 1), adapter);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyRequestGetsTheBitsThatItWouldGetAlone(KvType kvType) throws Exception {
        Path file = new SmallModelFile().write(folder.resolve("model.gguf"));
        SplittableRandom random = new SplittableRandom(7);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            requests.add(Request.random(random, i % 5 == 4));
        }
        try (LlamaModel alone = LlamaModel.builder(file).kvType(kvType).threads(1).maxConcurrent(1).promptLookup(false)
                .load();
                LlamaModel draft = LlamaModel.builder(file).threads(1).load();
                LlamaModel model = LlamaModel.builder(file).kvType(kvType).threads(2).promptChunk(9).draft(draft)
                        .load();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<LoraAdapter> adapters = List.of(RandomAdapter.of(model.config(), 1, 8, 1),
                    RandomAdapter.of(model.config(), 2, 3, 0.5));
            List<Future<GenerationResult>> together = new ArrayList<>();
            for (Request each : requests) {
                Generation generation = each.on(model, adapters);
                together.add(callers.submit(() -> each.impatient
                        ? generation.timeout(Duration.ofMillis(2)).result()
                        : generation.result()));
            }
            for (int i = 0; i < requests.size(); i++) {
                GenerationResult result = together.get(i).get();
                List<Integer> expected = requests.get(i).on(alone, adapters).result().tokens();
                if (result.finishReason() == FinishReason.TIMEOUT) {
                    assertThat(requests.get(i).impatient).isTrue();
                    expected = expected.subList(0, result.tokens().size());
                }
                assertThat(result.tokens()).isEqualTo(expected);
            }
        }
    }

    @Property(tries = 10, shrinking = ShrinkingMode.OFF)
    void keysAndValuesOfTwoHundredCallersStayWithinTheirBudget(@ForAll long scenario) throws Exception {
        int context = 8 * KvPage.POSITIONS;
        SplittableRandom random = new SplittableRandom(scenario);
        long budget = KvPage.POSITIONS * (8 + random.nextLong(100));
        EngineLimits limits = new EngineLimits(1 + random.nextInt(64), 200, budget, random.nextBoolean());
        FakeModel model = FakeModel.babbling(context, 1 + random.nextInt(64), limits);
        AtomicLong peak = new AtomicLong();
        model.forward.layer = () -> peak.accumulateAndGet(model.engine.state().kvBytes(), Math::max);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<GenerationResult>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int[] prompt = random.ints(random.nextInt(context / 2, context - 4), 3, FakeModel.SIZE).toArray();
                answers.add(callers.submit(() -> model.language.generate(prompt).maxTokens(3).result()));
            }
            for (Future<GenerationResult> answer : answers) {
                assertThat(answer.get().tokens()).hasSize(3);
            }
        }
        assertThat(peak.get()).isPositive().isLessThanOrEqualTo(budget);
        model.engine.close();
    }

    @Test
    void moreCallersThanMayWaitAreRefusedAndTheOthersServed() throws Exception {
        FakeModel model = FakeModel.babbling(100, 8, new EngineLimits(2, 3, Long.MAX_VALUE, true));
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int seed = i;
                answers.add(callers.submit(() -> {
                    try {
                        return model.language.generate("once").seed(seed).maxTokens(20).result().tokens().size();
                    } catch (TooManyRequestsException e) {
                        assertThat(e).hasMessageContaining("3");
                        return 0;
                    }
                }));
            }
            int served = 0;
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isIn(0, 20);
                served += answer.get() == 20 ? 1 : 0;
            }
            assertThat(served).isPositive();
        }
    }
}
