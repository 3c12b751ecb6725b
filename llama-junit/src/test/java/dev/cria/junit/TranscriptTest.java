package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.cria.model.Chat;
import dev.cria.model.LanguageModel;
import dev.cria.model.LlamaModel;
import dev.cria.model.MissingAnswerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranscriptTest {
    @TempDir
    private Path folder;
    private Path model;

    @BeforeEach
    void write() {
        model = BigramModel.saying("Paris", "is", "nice.").write(folder.resolve("model.gguf"));
    }

    private TestRun run() {
        return TestRun.on(model).with("cria.test.resources", folder.resolve("resources"));
    }

    private Path file() {
        return folder.resolve("resources/told/answers.jsonl");
    }

    @LlamaTest(transcript = "told/answers.jsonl")
    static class Told {
        @Test
        void tells(Chat chat) {
            assertThatAnswer(chat.user("Where?")).isExactly("Paris is nice.").hasAtMostTokens(3);
        }

        @Test
        void embeds(LanguageModel model) {
            assertThatAnswer("abc").isCloserTo(model, "cab", "xyz");
        }
    }

    @LlamaTest(transcript = "told/answers.jsonl")
    static class NeedsWeights {
        @Test
        void counts(LlamaModel model) {
            model.promptTokens("Where?");
        }
    }

    @Test
    void aModelWithWeightsCannotBeReplayed() {
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(NeedsWeights.class, Told.class)))
                .isEmpty();
        assertThat(TestRun.failure(run().of(NeedsWeights.class))).hasMessageContaining("declare the parameter as"
                + " LanguageModel");
    }

    @LlamaTest(transcript = "told/answers.jsonl")
    static class AsksMore {
        @Test
        void asksMore(Chat chat) {
            assertThatAnswer(chat.user("Where then?")).mentions("Paris");
        }
    }

    @Test
    void whatWasRecordedIsToldAgainWithoutTheModel() throws IOException {
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(Told.class))).isEmpty();
        assertThat(file()).content().contains("Where?", "Paris is nice.");
        Files.delete(model);
        var results = run().of(Told.class);
        assertThat(TestRun.failures(results)).isEmpty();
        results.testEvents().assertStatistics(statistics -> statistics.succeeded(2));
    }

    @Test
    void aPromptThatWasNotRecordedIsShown() {
        run().with("cria.transcripts", "record").of(Told.class);
        assertThat(TestRun.failure(run().of(AsksMore.class))).isInstanceOf(MissingAnswerException.class)
                .hasMessageContaining(file() + " has no answer to this dialog:\n    <s>[INST] Where then? [/INST]")
                .hasMessageContaining("The most similar that was recorded is:\n    <s>[INST] Where? [/INST]")
                .hasMessageEndingWith("-Dcria.transcripts=record, which asks the model and writes its answer down.");
    }

    @LlamaTest(transcript = "told/answers.jsonl")
    static class Draws {
        @RepeatedPrompt(value = 3, minSuccess = 1)
        void draws(Chat chat) {
            assertThatAnswer(chat.user("Where?")).mentions("Paris");
        }
    }

    @Test
    void drawsAreToldAgainWithTheirSeedsAndOneThatIsMissingIsNotAFailedSample() {
        run().with("cria.transcripts", "record").of(Told.class);
        assertThat(TestRun.failures(run().of(Draws.class))).hasSize(3)
                .allSatisfy(failure -> assertThat(failure).isInstanceOf(MissingAnswerException.class));
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(Draws.class))).isEmpty();
        run().of(Draws.class).testEvents().assertStatistics(statistics -> statistics.succeeded(1).failed(0));
    }

    @Test
    void recordingAgainAddsToWhatTheSameModelSaid() {
        run().with("cria.transcripts", "record").of(Told.class);
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(AsksMore.class))).isEmpty();
        assertThat(TestRun.failures(run().of(Told.class, AsksMore.class))).isEmpty();
        // another context length makes another model of it
        BigramModel.saying("Rome").write(model);
        run().with("cria.transcripts", "record").of(AsksMore.class);
        assertThat(file()).content().contains("Rome").doesNotContain("nice.");
    }

    @Test
    void severalClassesShareOneTranscript() {
        for (String setting : List.of("record", "replay")) {
            assertThat(TestRun.failures(run().parallel().with("cria.transcripts", setting).of(Told.class,
                    AsksMore.class))).isEmpty();
        }
    }

    @LlamaTest(transcript = "told/answers.jsonl")
    static class FailsLater {
        @Test
        void fails(Chat chat) {
            chat.user("Where?").text();
            fail("later");
        }
    }

    @Test
    void whatTestsAskedThatFailedIsRecordedToo() {
        assertThat(TestRun.failure(run().with("cria.transcripts", "record").of(FailsLater.class))).hasMessage("later");
        assertThat(TestRun.failure(run().of(FailsLater.class))).hasMessage("later");
    }

    @LlamaTest(transcript = "told/answers.jsonl", contextLength = 200, chatTemplate = "vicuna")
    static class ToldInAnotherWay {
        @Test
        void tells(Chat chat) {
            assertThatAnswer(chat.user("Where?")).isComplete();
        }
    }

    @LlamaTest(transcript = "told/answers.jsonl", contextLength = 200)
    static class ToldInAShorterWay {
        @Test
        void tells(Chat chat) {
            assertThatAnswer(chat.user("Where?")).mentions("Paris");
        }
    }

    @Test
    void aTranscriptFitsHowTheModelIsToBeLoaded() {
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(ToldInAnotherWay.class))).isEmpty();
        assertThat(TestRun.failures(run().of(ToldInAnotherWay.class))).isEmpty();
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(ToldInAShorterWay.class))).isEmpty();
        assertThat(TestRun.failure(run().of(ToldInAnotherWay.class))).hasMessageContaining(
                file() + " was recorded with the chat template llama2, but the tests want vicuna");
        assertThat(TestRun.failures(run().with("cria.transcripts", "record").of(AsksMore.class))).isEmpty();
        assertThat(TestRun.failure(run().of(ToldInAShorterWay.class)))
                .hasMessageContaining("with the context length 256, but the tests want 200: record it again");
    }

    @Test
    void aFileThatIsNoTranscriptIsRefusedBeforeTheModelIsAsked() throws IOException {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "notes\n");
        assertThat(TestRun.failure(run().with("cria.transcripts", "record").of(AsksMore.class)))
                .hasMessageContaining("line 1: not JSON");
        assertThat(file()).hasContent("notes\n");
    }

    @Test
    void liveTestsAskTheModelAndLeaveTheFile() throws IOException {
        assertThat(TestRun.failures(run().with("cria.transcripts", "live").of(Told.class))).isEmpty();
        assertThat(file()).doesNotExist();
        run().with("cria.transcripts", "record").of(Told.class);
        String before = Files.readString(file());
        BigramModel.saying("Rome", "is", "far.").write(model);
        assertThat(TestRun.failure(run().with("cria.transcripts", "live").of(Told.class)))
                .hasMessageContaining("Rome is far.");
        assertThat(file()).hasContent(before);
    }

    @Test
    void aTranscriptThatIsMissingOrBrokenFailsTheTestsAndSaysWhatToDo() throws IOException {
        assertThat(TestRun.failures(run().of(AsksMore.class))).singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("there is no transcript " + file())
                        .hasMessageContaining("-Dcria.transcripts=record"));
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "{}\n");
        assertThat(TestRun.failures(run().of(AsksMore.class))).singleElement()
                .satisfies(
                        failure -> assertThat(failure).hasMessageContaining(file() + ": line 1: a transcript begins"));
    }
}
