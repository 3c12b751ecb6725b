package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static dev.cria.junit.LlamaAssertions.assertThatCases;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.model.Chat;
import dev.cria.model.LanguageModel;
import dev.cria.model.LlamaModel;
import dev.cria.model.MissingAnswerException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.TestAbortedException;

/** Assertions of tables. The classes of tests inside are not run by themselves. */
class CasesAssertTest {
    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void write() {
        model = BigramModel.saying("Yes").write(folder.resolve("model.gguf"));
    }

    private static List<Integer> upTo(int count) {
        return IntStream.rangeClosed(1, count).boxed().toList();
    }

    @ParameterizedTest
    @CsvSource({"0.9, 10, 9", "0.9, 11, 10", "0.7, 10, 7", "1, 3, 3", "0.001, 5, 1", "0.29, 100, 29", "0.5, 3, 2"})
    void enoughCasesMustPass(double share, int cases, int needed) {
        assertThatCases(upTo(cases)).passAtLeast(share, each -> assertThat(each).isLessThanOrEqualTo(needed));
        assertThatThrownBy(() -> assertThatCases(upTo(cases)).passAtLeast(share,
                each -> assertThat(each).isLessThan(needed))).isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("At least " + needed + " of " + cases + " cases should pass (")
                .hasMessageContaining("but only " + (needed - 1) + (needed == 2 ? " does" : " do"));
    }

    @Test
    void aFailureListsTheCasesThatFailWithTheirReasons() {
        assertThatThrownBy(() -> assertThatCases(List.of("a", "b", "c", "d")).as("letters").passAtLeast(0.666,
                each -> {
                    switch (each) {
                        case "b" -> assertThatAnswer("Yes, b").mentions("no");
                        case "d" -> throw new IOException("broken");
                        default -> {
                        }
                    }
                })).isInstanceOf(AssertionError.class).hasMessageStartingWith("""
                        [letters] At least 3 of 4 cases should pass (66.6 %), but only 2 do. These fail:

                        Case 2, b:
                            The answer should mention "no", but does not.
                            Answer:
                                Yes, b

                        Case 4, d:
                            java.lang.RuntimeException: java.io.IOException: broken
                            at dev.cria.junit.CasesAssertTest.""");
    }

    @Test
    void sharesAndTablesThatMakeNoSenseAreRefused() {
        for (double share : new double[]{0, -1, 1.01, Double.NaN}) {
            assertThatThrownBy(() -> assertThatCases(upTo(2)).passAtLeast(share, _ -> {}))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageEndingWith("not " + share);
        }
        assertThatThrownBy(() -> assertThatCases(List.of()).passAtLeast(0.5, _ -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there are no cases of which 50 % could pass");
    }

    @Test
    void whatIsNoFailureOfTheModelEndsTheTest() {
        List<Integer> checked = new ArrayList<>();
        assertThatThrownBy(() -> assertThatCases(upTo(3)).passAtLeast(0.1, each -> {
            checked.add(each);
            assumeTrue(each == 1);
        })).isInstanceOf(TestAbortedException.class);
        assertThatThrownBy(() -> assertThatCases(upTo(3)).passAtLeast(0.1, each -> {
            checked.add(each);
            throw new InterruptedException();
        })).hasRootCauseInstanceOf(InterruptedException.class);
        assertThat(checked).containsExactly(1, 2, 1);
    }

    /** A line of cases.csv. */
    record Row(String question, PromptSourceTest.Mood mood, int count) {}

    @LlamaTest
    static class Tables {
        @Test
        void somePass(@PromptSource("cases.csv") List<Row> rows, LlamaModel model, Chat chat) {
            chat.user("Before?").text();
            assertThatCases(rows).passAtLeast(1, row -> {
                String answer = CompletableFuture.supplyAsync(() -> model.chat().user(row.question()).text()).join();
                assertThat(answer + row.count()).isEqualTo("Yes3");
            });
        }

        @Test
        void enoughPass(@PromptSource("cases.csv") List<Row> rows, LlamaModel model) {
            assertThatCases(rows).passAtLeast(0.5, row -> {
                model.chat().user(row.question()).text();
                assertThat(row.count()).isEqualTo(3);
            });
            assertThat(rows).as("fails later").isEmpty();
        }
    }

    @Test
    void aFailureShowsWhatTheModelWasAskedForTheCasesThatFail() {
        List<Throwable> failures = TestRun.failures(TestRun.on(model).of(Tables.class));
        assertThat(failures).hasSize(2);
        Throwable failure = failures.stream().filter(each -> TestRun.message(each).startsWith("At least")).findFirst()
                .orElseThrow();
        assertThat(failure).hasMessageStartingWith("At least 2 of 2 cases should pass (100 %), but only 1 does.")
                .hasMessageContaining("Case 2, Row[question=Two\nlines, mood=BAD, count=4]:\n    expected: \"Yes3\"")
                .hasMessageContaining("<s>[INST] Two\n    lines [/INST]\nAnswer (1 tokens, STOP_TOKEN):\n    Yes\n");
        assertThat(TestRun.printed(failure)).contains("1 time", "[INST] Before? [/INST]")
                .containsOnlyOnce("[INST] Two").doesNotContain("or not? [/INST]");
    }

    @Test
    void whatWasAskedForCasesIsNotShownWithALaterFailure() {
        Throwable failure = TestRun.failures(TestRun.on(model).of(Tables.class)).stream()
                .filter(each -> TestRun.message(each).contains("fails later")).findFirst().orElseThrow();
        assertThat(failure).hasNoSuppressedExceptions();
    }

    @LlamaTest(transcript = "answers.jsonl")
    static class Recorded {
        @Test
        void asks(LanguageModel model) {
            model.chat().user("Recorded?").text();
        }
    }

    @LlamaTest(transcript = "answers.jsonl")
    static class Replayed {
        @Test
        void asks(@PromptSource("cases.csv") List<Row> rows, LanguageModel model) {
            assertThatCases(rows).passAtLeast(0.1, row -> model.chat().user(row.question()).text());
        }
    }

    @Test
    void anAnswerThatIsMissingInATranscriptIsNoFailedCase(@TempDir Path resources) {
        TestRun run = TestRun.on(model).with("cria.test.resources", resources);
        assertThat(TestRun.failures(TestRun.on(model).with("cria.test.resources", resources)
                .with("cria.transcripts", "record").of(Recorded.class))).isEmpty();
        assertThat(TestRun.failure(run.of(Replayed.class))).isInstanceOf(MissingAnswerException.class)
                .hasMessageContaining("Is it \"so\", or not?");
    }

    @LlamaTest
    static class WrongTables {
        @Test
        void raw(@PromptSource("cases.csv") List<String> rows) {}

        @Test
        void noList(@PromptSource("cases.csv") Row row) {}

        @Test
        void otherColumns(@PromptSource("cases.jsonl") List<Row> rows) {}

        @Test
        void missing(@PromptSource("none.csv") List<Row> rows) {}
    }

    @Test
    void whatIsWrongWithATableIsNamed() {
        assertThat(TestRun.failures(TestRun.on(model).of(WrongTables.class))).hasSize(4)
                .extracting(Throwable::getMessage)
                .anySatisfy(message -> assertThat(message).contains("must be a List of a record", "String> rows"))
                .anySatisfy(message -> assertThat(message).contains("must be a List of a record", "Row row"))
                .anySatisfy(message -> assertThat(message).contains("cases.jsonl: line 1 does not fit Row"))
                .anySatisfy(message -> assertThat(message).contains("there is no resource none.csv beside"));
    }
}
