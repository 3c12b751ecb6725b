package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineExecutionResults;

class RepeatedPromptTest {
    private static final List<GenerationResult> SEEN = new ArrayList<>();

    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void write() {
        model = new BigramModel().after("]", "\u2581Yes", 0.5).after("]", "\u2581No", 0.5)
                .write(folder.resolve("model.gguf"));
    }

    @AfterEach
    void forget() {
        SEEN.clear();
    }

    private static GenerationResult ask(Chat chat) {
        GenerationResult result = chat.user("Is it?").result();
        synchronized (SEEN) {
            SEEN.add(result);
        }
        return result;
    }

    private static long saying(String answer) {
        return SEEN.stream().filter(result -> result.text().equals(answer)).count();
    }

    @LlamaTest
    static class Often {
        @RepeatedPrompt(value = 20, minSuccess = 5, temperature = 1, firstSeed = 7)
        void saysYes(Chat chat) {
            assertThatAnswer(ask(chat)).isExactly("Yes");
        }
    }

    @LlamaTest
    static class TooOften {
        @RepeatedPrompt(value = 20, minSuccess = 19, temperature = 1)
        void saysYes(Chat chat) {
            assertThatAnswer(ask(chat)).isExactly("Yes");
        }
    }

    @LlamaTest
    static class Impossible {
        @RepeatedPrompt(value = 2, minSuccess = 3)
        void cannotBe() {}
    }

    @LlamaTest
    static class Greedy {
        @RepeatedPrompt(value = 2, minSuccess = 1, temperature = 0)
        void drawsNothing() {}
    }

    @Test
    void aTestSucceedsWhenEnoughSamplesDoAndDrawsNoMore() {
        EngineExecutionResults results = TestRun.on(model).of(Often.class);
        assertThat(TestRun.failures(results)).isEmpty();
        assertThat(saying("Yes")).isEqualTo(5);
        assertThat(SEEN.getLast().text()).isEqualTo("Yes");
        long no = saying("No");
        assertThat(no).isPositive(); // so that some are aborted
        results.testEvents().assertStatistics(statistics -> statistics.succeeded(5).aborted(no));
        assertThat(TestRun.reasons(results)).allSatisfy(reason -> assertThat(reason)
                .contains("failed, but 5 of 20 can still succeed").contains("exactly \"Yes\""));
        for (int i = 0; i < SEEN.size(); i++) {
            assertThat(SEEN.get(i).seed()).hasValue(7 + i);
            assertThat(SEEN.get(i).options()).containsEntry("temperature", "1");
        }
    }

    @Test
    void everyRunDrawsTheSameSamples() {
        TestRun.on(model).of(Often.class);
        List<String> first = SEEN.stream().map(GenerationResult::text).toList();
        SEEN.clear();
        TestRun.on(model).of(Often.class);
        assertThat(SEEN).extracting(GenerationResult::text).isEqualTo(first);
    }

    @Test
    void aTestFailsAsSoonAsTooManySamplesHaveFailed() {
        Throwable failure = TestRun.failure(TestRun.on(model).of(TooOften.class));
        assertThat(saying("No")).isEqualTo(2);
        assertThat(SEEN.getLast().text()).isEqualTo("No");
        List<Long> seeds = SEEN.stream().filter(result -> result.text().equals("No"))
                .map(result -> result.seed().orElseThrow()).toList();
        assertThat(failure).isInstanceOf(AssertionError.class)
                .hasMessageContaining(saying("Yes") + " of " + SEEN.size() + " samples succeeded")
                .hasMessageContaining("19 of 20 cannot be reached").hasMessageContaining("seeds " + seeds)
                .hasMessageContaining("exactly \"Yes\"").hasMessageContaining("<s>[INST] Is it? [/INST]");
    }

    @LlamaTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class OfTheClass {
        private final LlamaModel model;

        OfTheClass(LlamaModel model) {
            this.model = model;
        }

        @RepeatedPrompt(value = 20, minSuccess = 20, temperature = 1)
        void draws() {
            ask(model.chat());
        }

        @Test
        void drawsNothing() {
            assertThat(model.chat().user("Is it?").result().options()).containsEntry("temperature", "0");
        }
    }

    @Test
    void aModelOfTheClassDrawsWithTheSeedOfTheSampleThatAsks() {
        assertThat(TestRun.failures(TestRun.on(model).parallel().of(OfTheClass.class))).isEmpty();
        assertThat(SEEN).extracting(seen -> seen.seed().orElseThrow())
                .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 20).boxed().toList());
        assertThat(SEEN).allSatisfy(seen -> assertThat(seen.options()).containsEntry("temperature", "1"));
    }

    @Test
    void samplesThatRunAtOnceSucceedAndFailAsOthersDo() {
        assertThat(TestRun.failures(TestRun.on(model).parallel().of(Often.class))).isEmpty();
        assertThat(TestRun.failures(TestRun.on(model).parallel().of(TooOften.class))).isNotEmpty();
    }

    @Test
    void theFinalFailureTellsThePromptAndTheAnswerOnce() {
        Throwable failure = TestRun.failure(TestRun.on(model).of(TooOften.class));
        assertThat(failure).hasNoCause();
        assertThat(failure.getSuppressed()).singleElement().satisfies(
                earlier -> assertThat(earlier).hasMessageContaining("exactly \"Yes\"").hasNoSuppressedExceptions());
        assertThat(failure.getStackTrace()[0].getClassName()).doesNotContain("RepeatedPromptExtension");
    }

    @Test
    void numbersThatMakeNoSenseAreRefused() {
        assertThat(TestRun.failure(TestRun.on(model).of(Impossible.class))).hasMessageContaining(
                "@RepeatedPrompt of cannotBe").hasMessageContaining("value = 2, minSuccess = 3");
        assertThat(TestRun.failure(TestRun.on(model).of(Greedy.class)))
                .hasMessageContaining("temperature above 0, but has 0");
    }
}
