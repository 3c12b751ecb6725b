package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.cria.model.Chat;
import dev.cria.model.LanguageModel;
import dev.cria.model.LlamaModel;
import dev.cria.model.MissingAnswerException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown with a failure. The classes of tests inside are not run by themselves. */
class ExchangesTest {
    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void write() {
        model = BigramModel.saying("Paris", "is", "nice.").write(folder.resolve("model.gguf"));
    }

    private static TestRun run() {
        return TestRun.on(model);
    }

    private static String ask(LanguageModel model, String question) {
        return model.chat().user(question).text();
    }

    private static String asked(Throwable failure) {
        return Stream.of(failure.getSuppressed()).filter(ModelWasAsked.class::isInstance).map(Throwable::getMessage)
                .findFirst().orElse("nothing");
    }

    /** Every test fails with a text, which is also the only question that may be shown with it. */
    private static void assertThatEachShowsItsOwn(List<Throwable> failures, String... questions) {
        assertThat(failures).extracting(Throwable::getMessage).containsExactlyInAnyOrder(questions);
        for (Throwable failure : failures) {
            assertThat(asked(failure)).startsWith("1 time\n")
                    .contains("[INST] " + TestRun.message(failure) + " [/INST]");
        }
    }

    @LlamaTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class OneInstance {
        private final CyclicBarrier barrier = new CyclicBarrier(3);
        private final LlamaModel model;

        OneInstance(LlamaModel model) {
            this.model = model;
        }

        private void askTogether(String question) throws Exception {
            barrier.await(10, TimeUnit.MINUTES);
            ask(model, question);
            barrier.await(10, TimeUnit.MINUTES);
            fail(question);
        }

        @Test
        void france() throws Exception {
            askTogether("France?");
        }

        @ParameterizedTest
        @ValueSource(strings = {"Norway?", "Spain?"})
        void others(String question) throws Exception {
            askTogether(question);
        }
    }

    @Test
    void testsThatRunAtOnceShowTheirOwnExchanges() {
        assertThatEachShowsItsOwn(TestRun.failures(run().parallel().of(OneInstance.class)), "France?", "Norway?",
                "Spain?");
    }

    @LlamaTest
    static class WithDynamicTests {
        @TestFactory
        Stream<DynamicTest> countries(LlamaModel model) {
            CyclicBarrier barrier = new CyclicBarrier(2);
            return Stream.of("France?", "Norway?").map(question -> DynamicTest.dynamicTest(question, () -> {
                barrier.await(10, TimeUnit.MINUTES);
                ask(model, question);
                barrier.await(10, TimeUnit.MINUTES);
                fail(question);
            }));
        }
    }

    @LlamaTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class WithDynamicTestsInOtherThreads {
        private final LlamaModel model;

        WithDynamicTestsInOtherThreads(LlamaModel model) {
            this.model = model;
        }

        @TestFactory
        Stream<DynamicTest> countries() {
            return Stream.of("France?", "Norway?").map(question -> DynamicTest.dynamicTest(question, () -> {
                CompletableFuture.runAsync(() -> ask(model, question)).join();
                fail(question);
            }));
        }
    }

    @Test
    void soDoDynamicTests() {
        assertThatEachShowsItsOwn(TestRun.failures(run().parallel().of(WithDynamicTests.class)), "France?", "Norway?");
        assertThatEachShowsItsOwn(TestRun.failures(run().of(WithDynamicTestsInOtherThreads.class)), "France?",
                "Norway?");
    }

    @LlamaTest
    static class Outer {
        private final LlamaModel model;

        Outer(LlamaModel model) {
            this.model = model;
        }

        @Test
        void france() {
            ask(model, "France?");
            fail("France?");
        }

        @Nested
        class Inner {
            @Test
            @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
            void norway() {
                ask(model, "Norway?");
                fail("Norway?");
            }
        }
    }

    @Test
    void soDoNestedTestsAndTestsInThreadsOfTheirOwn() {
        assertThatEachShowsItsOwn(TestRun.failures(run().parallel().of(Outer.class)), "France?", "Norway?");
    }

    @LlamaTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class AskingElsewhere {
        private final LlamaModel model;

        AskingElsewhere(LlamaModel model) {
            this.model = model;
        }

        private void askElsewhere(String question) {
            CompletableFuture.runAsync(() -> ask(model, question)).join();
            fail(question);
        }

        @Test
        void france() {
            askElsewhere("France?");
        }

        @Test
        void norway() {
            askElsewhere("Norway?");
        }
    }

    @Test
    void whatIsAskedInAnotherThreadBelongsToTheOneTestThatRuns() {
        assertThatEachShowsItsOwn(TestRun.failures(run().of(AskingElsewhere.class)), "France?", "Norway?");
    }

    @LlamaTest
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @Execution(ExecutionMode.CONCURRENT)
    static class AskingElsewhereTogether {
        private final CyclicBarrier barrier = new CyclicBarrier(2);
        private final LlamaModel model;

        AskingElsewhereTogether(LlamaModel model) {
            this.model = model;
        }

        private void askElsewhere(LlamaModel asked, String question) throws Exception {
            barrier.await(10, TimeUnit.MINUTES);
            CompletableFuture.runAsync(() -> ask(asked, question)).join();
            barrier.await(10, TimeUnit.MINUTES);
            fail(question);
        }

        @Test
        void france() throws Exception {
            askElsewhere(model, "France?");
        }

        @Test
        void norway(LlamaModel own) throws Exception {
            askElsewhere(own, "Norway?");
        }
    }

    @Test
    void whatIsAskedInAnotherThreadOfAModelOfTheClassIsShownWithNoneOfSeveralTests() {
        for (Throwable failure : TestRun.failures(run().parallel().of(AskingElsewhereTogether.class))) {
            assertThat(asked(failure)).contains(TestRun.message(failure).equals("France?") ? "nothing" : "Norway?")
                    .doesNotContain("France?");
        }
    }

    @LlamaTest
    static class FailingInConstructor {
        FailingInConstructor(LlamaModel model) {
            ask(model, "constructor?");
            fail("constructor?");
        }

        @Test
        void neverRuns() {}
    }

    @LlamaTest
    static class FailingBeforeAll {
        @BeforeAll
        static void asks(LlamaModel model) {
            ask(model, "before all?");
            fail("before all?");
        }

        @Test
        void neverRuns() {}
    }

    @LlamaTest
    static class FailingBeforeEach {
        @BeforeEach
        void asks(LlamaModel model) {
            ask(model, "before each?");
            fail("before each?");
        }

        @Test
        void neverRuns() {}
    }

    @LlamaTest
    static class FailingAfterEach {
        @Test
        void passes() {}

        @AfterEach
        void asks(LlamaModel model) {
            ask(model, "after each?");
            fail("after each?");
        }
    }

    @LlamaTest
    static class FailingAfterAll {
        @Test
        void asksSomethingElse(LlamaModel model) {
            ask(model, "in the test?");
        }

        @AfterAll
        static void asks(LlamaModel model) {
            ask(model, "after all?");
            fail("after all?");
        }
    }

    @Test
    void failuresBeforeAndAfterTestsShowTheirsToo() {
        assertThatEachShowsItsOwn(
                TestRun.failures(run().of(FailingInConstructor.class, FailingBeforeAll.class, FailingBeforeEach.class,
                        FailingAfterEach.class, FailingAfterAll.class)),
                "constructor?", "before all?", "before each?", "after each?", "after all?");
    }

    @LlamaTest
    static class Talking {
        @Test
        void isAboutLondon(Chat chat) {
            chat.user("Where?").text();
            assertThat(chat.user("Where then?").text()).contains("London");
        }

        @Test
        void assertsWithCria(Chat chat) {
            chat.user("Where?").text();
            assertThatAnswer(chat.user("Where then?")).mentions("London");
        }

        @Test
        void assertsTextWithCria(Chat chat) {
            assertThatAnswer(chat.user("Where?").text()).mentions("London");
        }

        @Test
        void asksTheSameAgain(LlamaModel model) {
            ask(model, "Where?");
            ask(model, "Where?");
            fail("again");
        }
    }

    @Test
    void noPromptAndNoAnswerIsPrintedTwice() {
        List<Throwable> failures = TestRun.failures(run().of(Talking.class));
        assertThat(failures).hasSize(4).allSatisfy(failure -> assertThat(TestRun.printed(failure))
                .containsOnlyOnce("[INST] Where? [/INST]").doesNotContain("Where then? [/INST] Paris"));
        assertThat(failures).filteredOn(failure -> TestRun.message(failure).contains("but does not.\nPrompt"))
                .singleElement().satisfies(failure -> assertThat(failure).hasNoSuppressedExceptions());
        assertThat(failures).filteredOn(failure -> TestRun.message(failure).contains("but does not.\nAnswer:"))
                .singleElement().satisfies(failure -> assertThat(TestRun.printed(failure))
                        .containsOnlyOnce("Paris is nice.").contains("STOP_TOKEN):\n    (the one above)\nOptions {"));
        assertThat(failures).filteredOn(failure -> TestRun.message(failure).contains("Expecting actual"))
                .singleElement().satisfies(failure -> assertThat(asked(failure)).startsWith("2 times\nPrompt (")
                        .contains("tokens), after prompt and answer above:\n    </s><s>[INST] Where then? [/INST]\n"));
        assertThat(failures).filteredOn(failure -> TestRun.message(failure).equals("again")).singleElement()
                .satisfies(failure -> assertThat(asked(failure)).contains("tokens):\n    (the one above)\nAnswer ("));
    }

    @LlamaTest(transcript = "answers.jsonl")
    static class Wrapping {
        @Test
        void asks(LanguageModel model) {
            CompletableFuture.supplyAsync(() -> ask(model, "Who?")).join();
        }
    }

    @LlamaTest(transcript = "answers.jsonl")
    static class Asking {
        @Test
        void asks(LanguageModel model) {
            ask(model, "Where?");
            ask(model, "Who?");
        }
    }

    @LlamaTest(transcript = "answers.jsonl")
    static class Recorded {
        @Test
        void asks(LanguageModel model) {
            ask(model, "Where?");
        }
    }

    @Test
    void aMissingAnswerIsShownOnceWithWhatWasAskedBefore(@TempDir Path resources) {
        TestRun replayed = run().with("cria.test.resources", resources);
        assertThat(TestRun.failures(run().with("cria.test.resources", resources).with("cria.transcripts", "record")
                .of(Recorded.class))).isEmpty();
        assertThat(TestRun.failure(replayed.of(Asking.class))).isInstanceOf(MissingAnswerException.class)
                .satisfies(failure -> assertThat(TestRun.printed(failure)).containsOnlyOnce("[INST] Who? [/INST]")
                        .contains("1 time"));
        assertThat(TestRun.printed(TestRun.failure(replayed.of(Wrapping.class))))
                .contains("CompletionException", "-Dcria.transcripts=record, which asks the model");
    }
}
