package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * A program that runs tests with the JUnit on its class path, whichever that is, and looks at what comes of it. Uses
 * nothing that the oldest and the newest do not both have.
 */
final class JUnitVersionRun {
    private static final List<LlamaModel> MODELS = new ArrayList<>();
    private static final List<GenerationResult> SAMPLES = new ArrayList<>();

    private final Map<String, String> parameters;

    private JUnitVersionRun(Map<String, String> parameters) {
        this.parameters = parameters;
    }

    /** Arguments: a model that answers "Yes" or "No" to everything, the resources folder, a word for the questions. */
    public static void main(String[] arguments) {
        JUnitVersionRun run = new JUnitVersionRun(Map.of("cria.model", arguments[0], "cria.test.resources",
                arguments[1], "question", arguments[2], "cria.transcripts", "record",
                "junit.jupiter.execution.parallel.enabled", "true"));
        run.recordsAndCloses(Path.of(arguments[1]), arguments[2]);
        run.failuresShowWhatWasAsked();
        run.drawsWithEverySeed();
        System.out.println("all is well with "
                + Path.of(Test.class.getProtectionDomain().getCodeSource().getLocation().getPath()).getFileName());
    }

    private TestExecutionSummary test(Class<?> tests) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests))
                .configurationParameters(parameters).build(), listener);
        return listener.getSummary();
    }

    private void assertSucceeds(Class<?> tests, int succeeding) {
        TestExecutionSummary summary = test(tests);
        StringWriter failures = new StringWriter();
        summary.printFailuresTo(new PrintWriter(failures), 10);
        assertThat(failures.toString()).isEmpty();
        assertThat(summary.getTestsSucceededCount()).isEqualTo(succeeding);
    }

    @LlamaTest(transcript = "shared.jsonl")
    static class Recording {
        @Test
        void asks(LlamaModel model) {
            MODELS.add(model);
            assertThat(model.chat().user(System.getProperty("question")).text()).isNotEmpty();
        }

        @Nested
        class Inner {
            @ParameterizedTest
            @PromptSource("/dev/cria/junit/cases.csv")
            void asksForTheCasesOfATable(String question, PromptSourceTest.Mood mood, int count, Chat chat) {
                assertThatAnswer(chat.user(question + System.getProperty("question"))).hasAtMostTokens(3);
            }
        }
    }

    private void recordsAndCloses(Path resources, String question) {
        System.setProperty("question", question);
        assertSucceeds(Recording.class, 3);
        assertThat(resources.resolve("shared.jsonl")).content().contains("[INST] " + question + " [/INST]",
                "Two\\nlines" + question);
        assertThatThrownBy(() -> MODELS.getFirst().generate("a").text()).isInstanceOf(IllegalStateException.class)
                .hasMessage("the model has been closed");
    }

    @LlamaTest
    static class Failing {
        private final LlamaModel model;

        Failing(LlamaModel model) {
            this.model = model;
        }

        @Test
        void fails() {
            model.chat().user("Is it?").text();
            fail("it is not");
        }

        @Test
        void passes() {
            model.chat().user("Is it not?").text();
        }
    }

    private void failuresShowWhatWasAsked() {
        TestExecutionSummary summary = test(Failing.class);
        assertThat(summary.getTestsSucceededCount()).isEqualTo(1);
        assertThat(summary.getFailures()).singleElement().satisfies(failure -> assertThat(failure.getException())
                .hasMessage("it is not").satisfies(exception -> assertThat(TestRun.printed(exception)).contains(
                        "1 time", "[INST] Is it? [/INST]")));
    }

    @LlamaTest
    static class Drawing {
        private final Chat chat;

        Drawing(Chat chat) {
            this.chat = chat;
        }

        @RepeatedPrompt(value = 3, minSuccess = 3, temperature = 1, firstSeed = 7)
        void drawsInChatsOfTheConstructor(LlamaModel model) {
            SAMPLES.add(chat.user("Is it?").result());
            SAMPLES.add(model.chat().user("Is it?").result());
        }

        @Test
        void drawsNothing() {
            assertThat(chat.user("Is it?").result().options()).containsEntry("temperature", "0");
        }
    }

    private void drawsWithEverySeed() {
        assertSucceeds(Drawing.class, 4);
        assertThat(SAMPLES).extracting(sample -> sample.seed().orElseThrow()).containsExactlyInAnyOrder(7L, 7L, 8L, 8L,
                9L, 9L);
        assertThat(SAMPLES).allSatisfy(sample -> assertThat(sample.options()).containsEntry("temperature", "1"));
    }
}
