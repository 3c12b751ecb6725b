package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Prompt;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TranscriptTest {
    private LlamaModel model;

    @TempDir
    private Path folder;

    @BeforeAll
    void load(@TempDir Path models) {
        model = LlamaModel.load(new SmallModelFile().name("small").write(models.resolve("model.gguf")));
    }

    @AfterAll
    void close() {
        model.close();
    }

    /** Records into a file and reads it again. */
    private LanguageModel replay(Transcript transcript) {
        Path file = folder.resolve("sub").resolve("transcript.jsonl");
        transcript.write(file);
        Transcript read = Transcript.read(file);
        assertThat(read.size()).isEqualTo(transcript.size());
        return read.replay();
    }

    @Test
    void repeatsAConversationTurnByTurn() {
        Transcript transcript = new Transcript();
        Chat original = transcript.record(model).chat().system("Be brief.").temperature(0).maxTokens(8);
        List<GenerationResult> expected = List.of(original.user("Hi").result(), original.user("More").result());
        Chat replayed = replay(transcript).chat().system("Be brief.").temperature(0).maxTokens(8);
        assertThat(List.of(replayed.user("Hi").result(), replayed.user("More").result())).usingRecursiveComparison()
                .ignoringFields("timings").isEqualTo(expected);
        assertThat(replayed.messages()).isEqualTo(original.messages());
    }

    @Test
    void repeatsTextsInEveryFormWithLogProbabilities() {
        Transcript transcript = new Transcript();
        GenerationResult expected = transcript.record(model).generate("Once").seed(5).maxTokens(9).logprobs(2).result();
        LanguageModel replayed = replay(transcript);
        GenerationResult again = replayed.generate("Once").seed(5).maxTokens(9).logprobs(2).result();
        assertThat(again).usingRecursiveComparison().ignoringFields("timings").isEqualTo(expected);
        assertThat(again.timings().generatedTokens()).isEqualTo(expected.tokens().size());
        assertThat(String.join("", replayed.generate("Once").seed(5).maxTokens(9).logprobs(2).stream().toList()))
                .isEqualTo(expected.text());
        assertThat(replayed.contextLength()).isEqualTo(model.contextLength());
        assertThat(replayed.chatTemplate().name()).isEqualTo("llama2");
    }

    @Test
    void aChatTemplateInJinjaIsKeptUnlessItHasAName(@TempDir Path models) throws IOException {
        String known = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
        String own = "{% for m in messages %}{{ bos_token ~ m.role ~ ': ' ~ m.content ~ eos_token }}{% endfor %}";
        for (String text : List.of(known, own)) {
            Path file = folder.resolve("transcript.jsonl");
            Transcript transcript = new Transcript();
            GenerationResult expected;
            try (LlamaModel jinja = LlamaModel.load(new SmallModelFile()
                    .metadata(writer -> writer.string("tokenizer.chat_template", text))
                    .write(models.resolve("m.gguf")))) {
                expected = transcript.record(jinja).chat().user("Hi").prefill("All").temperature(0).maxTokens(3)
                        .result();
                assertThat(transcript.fits(jinja)).isTrue();
                assertThat(transcript.fits(model)).isFalse();
            }
            transcript.write(file);
            assertThat(Files.readString(file).contains("bos_token ~")).isEqualTo(text.equals(own));
            LanguageModel replayed = Transcript.read(file).replay();
            GenerationResult again = replayed.chat().user("Hi").prefill("All").temperature(0).maxTokens(3).result();
            assertThat(again.text()).isEqualTo(expected.text());
            assertThat(again.prompt()).isEqualTo(expected.prompt()).isEqualTo(text.equals(own)
                    ? "<s>user: Hi</s><s>assistant: All"
                    : "<s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nAll");
            assertThat(replayed.chatTemplate().name()).isEqualTo(text.equals(own) ? "jinja" : "chatml");
        }
    }

    @Test
    void aChatTemplateOfTheUsersOwnHasToBeGivenAgain(@TempDir Path models) {
        ChatTemplate own = new ChatTemplate() {
            @Override
            public String name() {
                return "own";
            }

            @Override
            public Prompt render(Dialog dialog) {
                return Prompt.builder().content(dialog.messages().getLast()).build();
            }
        };
        Transcript transcript = new Transcript();
        String answer;
        try (LlamaModel jinja = LlamaModel.builder(new SmallModelFile().write(models.resolve("m.gguf")))
                .chatTemplate(own).load()) {
            answer = transcript.record(jinja).chat().user("Hi").temperature(0).maxTokens(3).text();
        }
        assertThat(transcript.replay(own).chat().user("Hi").temperature(0).maxTokens(3).text()).isEqualTo(answer);
        Chat chat = transcript.replay().chat().user("Hi").temperature(0).maxTokens(3);
        assertThatThrownBy(chat::text).isInstanceOf(CriaException.class).hasMessageStartingWith(
                "the transcript was recorded with the chat template own, which is none of Cria's (llama2, ");
    }

    @Test
    void aReplayedTurnCanBeCancelledAndLeavesTheDialogAsItWas() {
        Transcript transcript = new Transcript();
        String answer = transcript.record(model).chat().user("Hi").temperature(0).maxTokens(8).text();
        Chat replayed = replay(transcript).chat().temperature(0).maxTokens(8);
        CancellationToken token = new CancellationToken();
        GenerationResult late = replayed.cancelOn(token).user("Hi").forEach(_ -> token.cancel());
        GenerationResult early = replayed.user("Hi").result();
        assertThat(List.of(late.finishReason(), early.finishReason())).containsOnly(FinishReason.CANCELLED);
        assertThat(List.of(late.text(), early.text())).containsExactly(answer, "");
        assertThat(early.tokens()).isEmpty();
        Thread.currentThread().interrupt();
        assertThat(replayed.cancelOn(new CancellationToken()).user("Hi").text()).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(replayed.messages()).isEmpty();
        assertThat(replayed.user("Hi").text()).isEqualTo(answer);
        assertThat(replayed.messages()).hasSize(2);
    }

    @Test
    void aReplayedTurnThatNobodyWaitsForGivesWayToTheNext() {
        Transcript transcript = new Transcript();
        String answer = transcript.record(model).chat().user("Hi").temperature(0).maxTokens(8).text();
        Chat replayed = replay(transcript).chat().temperature(0).maxTokens(8);
        Recorder recorder = new Recorder();
        replayed.user("Hi").publish().subscribe(recorder);
        var pieces = replayed.user("Hi").stream().iterator();
        assertThat(recorder.take(1).getFirst()).contains("the chat went on");
        assertThat(replayed.user("Hi").text()).isEqualTo(answer);
        assertThatThrownBy(pieces::next).hasMessageContaining("the chat went on");
        assertThat(replayed.messages()).hasSize(2);
    }

    @Test
    void closingAPlainModelEndsWhatIsUnderWay() {
        Transcript transcript = new Transcript();
        transcript.record(model).generate("Once").temperature(0).maxTokens(2).text();
        LanguageModel replayed = replay(transcript);
        Generation generation = replayed.generate("Once").temperature(0).maxTokens(2);
        Recorder recorder = new Recorder();
        generation.publish().subscribe(recorder);
        var pieces = generation.stream().iterator();
        replayed.close();
        assertThat(recorder.take(1)).containsExactly("failed: the model has been closed");
        assertThatThrownBy(pieces::next).hasMessage("the model has been closed");
    }

    @Test
    void aTurnThatWasLostOrCancelledIsNotWrittenDown() {
        Transcript transcript = new Transcript();
        Chat chat = transcript.record(model).chat().temperature(0).maxTokens(8);
        assertThat(chat.user("Hi").stream().findFirst()).isPresent();
        CancellationToken token = new CancellationToken();
        chat.cancelOn(token).user("Hi").forEach(_ -> token.cancel());
        chat.reset();
        assertThat(transcript.size()).isZero();
    }

    @Test
    void repeatsScoresAndEmbeddings() {
        Transcript transcript = new Transcript();
        LlamaModel recorded = transcript.record(model);
        Score score = recorded.score("abc");
        Score ofTokens = recorded.score(new int[]{1, 7, 8});
        float[] embedding = recorded.embed("abc", Pooling.LAST);
        LanguageModel replayed = replay(transcript);
        assertThat(replayed.score("abc")).isEqualTo(score);
        assertThat(replayed.score(new int[]{1, 7, 8})).isEqualTo(ofTokens);
        assertThat(replayed.embed("abc", Pooling.LAST)).isEqualTo(embedding);
        assertThatThrownBy(() -> replayed.embed("abc")).isInstanceOf(MissingAnswerException.class)
                .hasMessageContaining("pooling LAST, now MEAN");
    }

    @Test
    void theSeedCountsOnlyWhereTokensAreDrawn() {
        Transcript transcript = new Transcript();
        LlamaModel recorded = transcript.record(model);
        recorded.generate("a").temperature(0).seed(1).maxTokens(2).text();
        String drawn = recorded.generate("a").temperature(1).seed(1).maxTokens(2).text();
        LanguageModel replayed = replay(transcript);
        assertThat(replayed.generate("a").temperature(0).seed(2).maxTokens(2).result().seed()).isEmpty();
        assertThat(replayed.generate("a").temperature(1).seed(1).maxTokens(2).text()).isEqualTo(drawn);
        assertThatThrownBy(() -> replayed.generate("a").temperature(1).seed(2).maxTokens(2).text())
                .isInstanceOf(MissingAnswerException.class).hasMessageContaining("seed 1, now 2");
    }

    @Test
    void aMissingPromptIsShownBesideTheMostSimilarOne() {
        Transcript transcript = new Transcript();
        LlamaModel recorded = transcript.record(model);
        recorded.chat().user("What is the capital of France?").maxTokens(1).temperature(0).text();
        recorded.chat().user("Hello").maxTokens(1).temperature(0).text();
        LanguageModel replayed = replay(transcript);
        assertThatThrownBy(() -> replayed.chat().user("What is the capital of Spain?").maxTokens(1).temperature(0)
                .text())
                .isInstanceOf(MissingAnswerException.class).hasMessage(folder.resolve("sub/transcript.jsonl")
                        + " has no answer to this dialog:\n    <s>[INST] What is the capital of Spain? [/INST]\n"
                        + "The most similar that was recorded is:\n"
                        + "    <s>[INST] What is the capital of France? [/INST]\nFrom character 33 on they differ.");
        assertThatThrownBy(() -> replayed.chat().user("Hello").maxTokens(2).temperature(0).topP(0.8).text())
                .isInstanceOf(MissingAnswerException.class)
                .hasMessageContaining("recorded with other options: maxTokens 1, now 2");
        assertThatThrownBy(() -> replayed.generate("Hello").text()).isInstanceOf(MissingAnswerException.class)
                .hasMessageContaining("No such question was recorded, but 2 of other kinds");
    }

    @Test
    void answersWithAnAdapterAreGivenAgainToThoseThatHaveIt() {
        Transcript transcript = new Transcript();
        LoraAdapter adapter = RandomAdapter.of(model.config(), 1, 8, 1);
        Generation asked = transcript.record(model).generate("Once").temperature(0).maxTokens(6);
        String plain = asked.text();
        String changed = asked.lora(adapter, 2).text();
        assertThat(changed).isNotEqualTo(plain);
        LanguageModel replayed = replay(transcript);
        assertThat(replayed.generate("Once").temperature(0).maxTokens(6).text()).isEqualTo(plain);
        assertThat(replayed.generate("Once").temperature(0).maxTokens(6).lora(adapter, 2).text()).isEqualTo(changed);
        Generation other = replayed.generate("Once").temperature(0).maxTokens(6).lora(adapter, 1);
        assertThatThrownBy(other::text).isInstanceOf(MissingAnswerException.class).hasMessageContaining("lora");
    }

    @Test
    void aCancelledGenerationIsNotWrittenDown() {
        Transcript transcript = new Transcript();
        CancellationToken cancelled = new CancellationToken();
        cancelled.cancel();
        transcript.record(model).generate("a").cancelOn(cancelled).text();
        assertThat(transcript.size()).isZero();
    }

    @Test
    void theFileDoesNotDependOnTheOrderOfQuestions() throws IOException {
        Path one = folder.resolve("one");
        Path other = folder.resolve("other");
        for (Path file : List.of(one, other)) {
            Transcript transcript = new Transcript();
            LlamaModel recorded = transcript.record(model);
            for (String prompt : file.equals(one) ? List.of("a", "b") : List.of("b", "a", "b")) {
                recorded.generate(prompt).temperature(0).maxTokens(1).text();
            }
            transcript.write(file);
        }
        assertThat(other).hasSameTextualContentAs(one);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    private Transcript answering(String prompt) {
        Transcript transcript = new Transcript();
        transcript.record(model).generate(prompt).temperature(0).maxTokens(2).text();
        return transcript;
    }

    @Test
    void manyAddToOneFileAtOnceAndNothingIsLost() throws Exception {
        Path file = folder.resolve("sub/shared.jsonl");
        try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                Transcript transcript = answering("prompt " + i);
                all.add(executor.submit(() -> transcript.addTo(file)));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(Transcript.read(file).size()).isEqualTo(24);
        assertThat(file.getParent()).isDirectoryContaining(path -> path.equals(file)).isDirectoryNotContaining(
                path -> !path.equals(file));
    }

    @Test
    void anInterruptedThreadAddsToo() {
        Path file = folder.resolve("transcript.jsonl");
        Transcript transcript = answering("a");
        Thread.currentThread().interrupt();
        transcript.addTo(file);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(Transcript.read(file).size()).isEqualTo(1);
    }

    @Test
    void theAnswersOfAnotherModelAreReplaced(@TempDir Path models) {
        Path file = folder.resolve("transcript.jsonl");
        answering("a").addTo(file);
        Transcript transcript = new Transcript();
        try (LlamaModel other = LlamaModel.load(new SmallModelFile().name("other").write(models.resolve("o.gguf")))) {
            transcript.record(other).generate("b").temperature(0).maxTokens(2).text();
        }
        transcript.addTo(file);
        assertThat(file).content().contains("\"other\"", "\"prompt\":\"b\"").doesNotContain("\"small\"",
                "\"prompt\":\"a\"");
    }

    @Test
    void nothingIsAddedToAFileThatIsNoTranscript() throws IOException {
        Path file = Files.writeString(folder.resolve("transcript.jsonl"), "notes\n");
        Transcript transcript = answering("a");
        assertThatThrownBy(() -> transcript.addTo(file)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("line 1: not JSON");
        assertThat(file).hasContent("notes\n");
    }

    @Test
    void anotherModelIsRefused(@TempDir Path models) {
        Transcript transcript = new Transcript();
        transcript.record(model);
        try (LlamaModel other = LlamaModel.builder(new SmallModelFile().name("other").write(models.resolve("o.gguf")))
                .chatTemplate(ChatTemplate.named("vicuna")).load()) {
            assertThat(transcript.fits(model)).isTrue();
            assertThat(transcript.fits(other)).isFalse();
            assertThatThrownBy(() -> transcript.record(other)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another model").hasMessageContaining("small")
                    .hasMessageContaining("vicuna");
        }
    }

    @Test
    void anEmptyTranscriptCannotBeWrittenOrReplayed() {
        assertThatThrownBy(() -> new Transcript().write(folder.resolve("t"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new Transcript().replay()).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nothing was recorded");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1 | {"format":"other"}                                    | line 1: a transcript begins with
            2 | {"kind":"text","prompt":"a"                           | line 2: not JSON
            2 | []                                                    | line 2: expected a JSON object
            2 | {"kind":"poem","prompt":"a","options":{}}             | line 2: there is no kind of question "poem"
            2 | {"kind":"text","prompt":1,"options":{}}               | line 2: prompt must be a text, but is 1
            2 | {"kind":"text","prompt":"a","options":{"seed":1}}     | line 2: options.seed must be a text, but is 1
            2 | {"kind":"score","prompt":"a","options":{},"tokens":[1.5]} | line 2: tokens must be a whole number, but is 1.5
            2 | {"kind":"text","prompt":"a","options":{},"answer":"b","finishReason":"BORED"} | no finish reason "BORED"
            2 | {"kind":"embedding","prompt":"a","options":{}}        | line 2: vector must be an array, but is missing
            """)
    void aBrokenLineIsNamed(int number, String line, String problem) throws IOException {
        Path file = folder.resolve("transcript.jsonl");
        Transcript transcript = new Transcript();
        transcript.record(model).generate("a").maxTokens(1).text();
        transcript.write(file);
        List<String> lines = Files.readAllLines(file);
        lines.set(number - 1, line);
        Files.write(file, lines);
        assertThatThrownBy(() -> Transcript.read(file)).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(file.toString()).hasMessageContaining(problem);
    }

    @Test
    void aFileThatIsMissingOrEmptyIsNamed() throws IOException {
        Path file = folder.resolve("none.jsonl");
        assertThatThrownBy(() -> Transcript.read(file)).isInstanceOf(CriaException.class)
                .hasMessage("there is no transcript " + file);
        Files.createFile(file);
        assertThatThrownBy(() -> Transcript.read(file)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("it is empty");
    }
}
