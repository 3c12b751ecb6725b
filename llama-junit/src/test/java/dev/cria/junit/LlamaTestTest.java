package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.core.CriaException;
import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import dev.cria.tiny.TinyLlama;
import dev.cria.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** The extension, as a build meets it. The classes of tests inside are not run by themselves. */
class LlamaTestTest {
    private static final List<Object> SEEN = new ArrayList<>();
    private static final List<LlamaModel> KEPT = new ArrayList<>();

    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void write() {
        model = BigramModel.saying("Paris", "is", "nice.").write(folder.resolve("model.gguf"));
    }

    @AfterEach
    void forget() {
        SEEN.clear();
        KEPT.clear();
    }

    @LlamaTest
    static class Injected {
        private final LlamaModel ofTheInstance;

        Injected(LlamaModel model) {
            ofTheInstance = model;
        }

        @BeforeEach
        void before(LlamaModel model) {
            assertThat(model.generate("a").maxTokens(1).text()).isNotNull();
        }

        @Test
        void chats(Chat first, Chat second, LlamaModel model, Tokenizer tokenizer) {
            assertThatAnswer(first.user("Where?")).isExactly("Paris is nice.");
            assertThat(first.messages()).hasSize(2);
            assertThat(second.messages()).isEmpty();
            assertThat(model.tokenizer()).isSameAs(tokenizer).isSameAs(ofTheInstance.tokenizer());
            SEEN.add(tokenizer);
        }

        @Test
        void closes(LlamaModel model, Chat chat) {
            model.close();
            assertThatThrownBy(() -> model.generate("a")).isInstanceOf(IllegalStateException.class);
            assertThat(chat.user("Where?").text()).startsWith("Paris");
            SEEN.add(model.tokenizer());
        }

        @Nested
        class Inner {
            @Test
            void hasTheModelToo(LlamaModel model) {
                SEEN.add(model.tokenizer());
            }
        }
    }

    @LlamaTest
    static class Other {
        @Test
        void keepsTheModel(LlamaModel model) {
            SEEN.add(model.tokenizer());
            KEPT.add(model);
        }
    }

    @Test
    void allTestsOfARunShareOneModelWhichIsClosedAtItsEnd() {
        EngineExecutionResults results = TestRun.on(model).of(Injected.class, Other.class);
        assertThat(TestRun.failures(results)).isEmpty();
        results.testEvents().assertStatistics(statistics -> statistics.succeeded(4));
        assertThat(SEEN).hasSize(4).allSatisfy(seen -> assertThat(seen).isSameAs(SEEN.getFirst()));
        assertThatThrownBy(() -> KEPT.getLast().generate("a").text()).isInstanceOf(IllegalStateException.class)
                .hasMessage("the model has been closed");
    }

    @LlamaTest(temperature = 0.5, seed = 9, maxTokens = 2, contextLength = 200, chatTemplate = "vicuna")
    static class Configured {
        @Test
        void asks(LlamaModel model, Chat chat) {
            SEEN.add(chat.user("Where?").result());
            SEEN.add(model.generate("a").result());
            assertThat(model.contextLength()).isEqualTo(200);
        }
    }

    @LlamaTest
    static class Plain {
        @Test
        void asks(LlamaModel model, Chat chat) {
            SEEN.add(chat.user("Where?").result());
            SEEN.add(model.generate("a").maxTokens(7).temperature(1).seed(5).result());
        }
    }

    private static Map<String, String> options(int i) {
        return ((GenerationResult) SEEN.get(i)).options();
    }

    @Test
    void answersAreGreedyWithAFixedSeedUnlessTheTestsSayOtherwise() {
        assertThat(TestRun.failures(TestRun.on(model).of(Plain.class))).isEmpty();
        assertThat(options(0)).isEqualTo(Map.of("temperature", "0", "maxTokens", "256"));
        assertThat(options(1)).containsEntry("temperature", "1").containsEntry("maxTokens", "7")
                .containsEntry("seed", "5");
    }

    @Test
    void theAnnotationSetsTheOptionsAndHowTheModelIsLoaded() {
        assertThat(TestRun.failures(TestRun.on(model).of(Configured.class))).isEmpty();
        for (int i = 0; i < 2; i++) {
            assertThat(options(i)).containsEntry("temperature", "0.5").containsEntry("maxTokens", "2")
                    .containsEntry("seed", "9");
        }
        assertThat(((GenerationResult) SEEN.getFirst()).prompt()).startsWith("<s>A chat between")
                .endsWith("USER: Where? ASSISTANT:");
    }

    @LlamaTest
    static class Failing {
        @BeforeAll
        static void earlier(LlamaModel model) {
            SEEN.add(model);
            model.generate("not part of the test").text();
        }

        @Test
        void fails(Chat chat) {
            String answer = chat.system("Be brief.").user("Where?").text();
            ((LlamaModel) SEEN.getFirst()).generate("of the class").maxTokens(1).text();
            assertThat(answer).isEqualTo("London");
        }

        @Test
        void failsWithoutAsking() {
            throw new IllegalStateException("not about models");
        }
    }

    @Test
    void aFailureShowsWhatTheTestAskedTheModel() {
        List<Throwable> failures = TestRun.failures(TestRun.on(model).of(Failing.class));
        assertThat(failures).hasSize(2);
        assertThat(failures.stream().filter(IllegalStateException.class::isInstance).findFirst().orElseThrow())
                .hasNoSuppressedExceptions();
        Throwable failure = failures.stream().filter(AssertionError.class::isInstance).findFirst().orElseThrow();
        assertThat(failure).hasMessageContaining("London");
        assertThat(failure.getSuppressed()).singleElement().isInstanceOf(ModelWasAsked.class).asString()
                .contains("2 times\nPrompt (")
                .contains("<s>[INST] <<SYS>>\n    Be brief.\n    <</SYS>>\n    \n    Where? [/INST]")
                .contains("Answer (3 tokens, STOP_TOKEN):\n    Paris is nice.").contains("of the class")
                .contains("Options {temperature=0, maxTokens=256}").doesNotContain("not part");
    }

    @LlamaTest
    static class FailingEarly {
        @BeforeEach
        void asks(Chat chat) {
            assertThat(chat.user("Who?").text()).isEqualTo("London");
        }

        @Test
        void neverRuns() {}
    }

    @Test
    void aFailureBeforeATestShowsWhatWasAskedToo() {
        Throwable failure = TestRun.failure(TestRun.on(model).of(FailingEarly.class));
        assertThat(failure.getSuppressed()).singleElement().isInstanceOf(ModelWasAsked.class).asString()
                .contains("<s>[INST] Who? [/INST]", "Paris is nice.");
    }

    @LlamaTest(model = "no/such/model.gguf")
    static class MissingFails {
        @Test
        void asks(Chat chat) {
            SEEN.add(chat);
        }
    }

    @LlamaTest(model = "no/such/model.gguf", ifMissing = MissingModel.SKIP)
    static class MissingSkips {
        @Test
        void asks(Chat chat) {
            SEEN.add(chat);
        }
    }

    @LlamaTest(model = "${some.big.model}/q4.gguf", ifMissing = MissingModel.SKIP)
    static class PlaceholderSkips {
        @Test
        void asks(Chat chat) {
            assertThatAnswer(chat.user("Where?")).mentions("paris");
            SEEN.add(chat);
        }
    }

    @Test
    void aMissingModelFailsItsTestsUnlessTheySayThatTheyBeSkipped() {
        assertThat(TestRun.failure(new TestRun().of(MissingFails.class)))
                .hasMessageContaining("there is no model no/such/model.gguf")
                .hasRootCauseInstanceOf(CriaException.class);
        EngineExecutionResults skipped = new TestRun().of(MissingSkips.class, PlaceholderSkips.class);
        assertThat(TestRun.failures(skipped)).isEmpty();
        assertThat(TestRun.reasons(skipped)).containsExactlyInAnyOrder("there is no model no/such/model.gguf",
                "there is no model ${some.big.model}/q4.gguf: neither the property some.big.model nor the environment"
                        + " variable SOME_BIG_MODEL is set");
        assertThat(SEEN).isEmpty();
    }

    @Test
    void aNameInThePathStandsForAProperty(@TempDir Path other) {
        BigramModel.saying("Paris").write(other.resolve("q4.gguf"));
        assertThat(TestRun.failures(new TestRun().with("some.big.model", other).of(PlaceholderSkips.class))).isEmpty();
        assertThat(SEEN).hasSize(1);
        SEEN.clear();
        System.setProperty("some.big.model", other.toString());
        try {
            assertThat(TestRun.failures(new TestRun().of(PlaceholderSkips.class))).isEmpty();
        } finally {
            System.clearProperty("some.big.model");
        }
        assertThat(SEEN).hasSize(1);
    }

    @Test
    void aModelThatTheRunNamesMustExist() {
        assertThat(TestRun.failures(TestRun.on(folder.resolve("none.gguf")).of(Plain.class))).singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("there is no model " + folder));
    }

    @LlamaTest(model = "${llama.junit.environment}", ifMissing = MissingModel.SKIP)
    static class FromTheEnvironment {
        @Test
        void asks(Chat chat) {
            SEEN.add(chat);
        }
    }

    /** The build sets LLAMA_JUNIT_ENVIRONMENT for this test. */
    @Test
    void aNameInThePathStandsForAnEnvironmentVariable() {
        String variable = System.getenv("LLAMA_JUNIT_ENVIRONMENT");
        assumeTrue(variable != null, "the environment variable LLAMA_JUNIT_ENVIRONMENT is not set");
        EngineExecutionResults skipped = new TestRun().of(FromTheEnvironment.class);
        assertThat(TestRun.reasons(skipped))
                .containsExactly("there is no model " + variable + " (${llama.junit.environment})");
    }

    @LlamaTest(model = "tiny")
    static class Tiny {
        @Test
        void knowsCapitals(Chat chat, LlamaModel model) {
            assertThatAnswer(chat.user("What is the capital of France?")).mentions("Paris").isComplete();
            SEEN.add(model.contextLength());
        }
    }

    @LlamaTest(contextLength = 100)
    static class ShortTiny {
        @Test
        void hasItsContext(LlamaModel model) {
            SEEN.add(model.contextLength());
        }
    }

    @Test
    void theTinyModelAnswersWhereNoneIsNamed() {
        assumeTrue(System.getenv("CRIA_MODEL") == null && System.getProperty("cria.model") == null,
                "this run names a model");
        assertThat(TestRun.failures(new TestRun().of(Tiny.class, ShortTiny.class))).isEmpty();
        assertThat(SEEN).containsExactlyInAnyOrder(512, 100);
    }

    @Test
    void wordsThatARunMayNotUseAreListed() {
        assertThat(TestRun.failures(TestRun.on(model).with("cria.transcripts", "rewind").of(TranscriptTest.Told.class)))
                .isNotEmpty().allSatisfy(failure -> assertThat(failure).hasMessageContaining(
                        "cria.transcripts must be replay or record or live, but is rewind"));
    }

    /** As a user would write it, on a trained model. */
    @Test
    void testsOfATrainedModelAreTheSameInEveryRun() {
        TinyLlama.export(folder.resolve("trained.gguf"));
        for (int i = 0; i < 2; i++) {
            assertThat(TestRun.failures(new TestRun().with("models", folder).of(Trained.class))).isEmpty();
        }
        assertThat(SEEN).hasSize(4).containsExactly(SEEN.get(0), SEEN.get(1), SEEN.get(0), SEEN.get(1));
    }

    @LlamaTest(model = "${models}/trained.gguf", maxTokens = 20)
    static class Trained {
        @Test
        void answers(LlamaModel model) {
            assertThatAnswer(model.generate("[INST] What is the opposite of hot? [/INST]")).mentions("cold")
                    .hasAtMostTokens(20);
            LlamaAssertions
                    .assertThatChoice(model, "[INST] What is the opposite of hot? [/INST] The opposite of hot is",
                            "cold", "dog")
                    .givesAtLeast("cold", 0.9);
            SEEN.add(model.generate("Once").text());
            SEEN.add(model.generate("Tom").temperature(1).text());
        }
    }
}
