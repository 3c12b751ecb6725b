package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.weights.LoraFactors;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Classes of tests with LoRA adapters. Those inside are not run by themselves. */
class LoraTest {
    @TempDir
    private static Path folder;
    private static Path file;
    private static Path adapter;

    /** A model that says "Yes", and an adapter with which it says "No". */
    @BeforeAll
    static void write() {
        file = new BigramModel().after("]", "\u2581Yes", 0.9).after("]", "\u2581No", 0.1)
                .write(folder.resolve("model.gguf"));
        adapter = folder.resolve("no.gguf");
        try (LlamaModel model = LlamaModel.load(file)) {
            int inputs = model.config().embeddingLength();
            int outputs = model.config().vocabularySize();
            float[] a = new float[inputs];
            float[] b = new float[outputs];
            a[model.tokenizer().idOf("]").orElseThrow()] = 1;
            b[model.tokenizer().idOf("\u2581No").orElseThrow()] = 1;
            LoraAdapter.of("no", Map.of("output.weight", new LoraFactors(1, inputs, outputs, 1, a, b)))
                    .writeGguf(adapter, model.config());
        }
    }

    private static TestRun run() {
        return TestRun.on(file).with("adapter", adapter);
    }

    @LlamaTest
    static class Without {
        @Test
        void saysYes(Chat chat) {
            assertThatAnswer(chat.user("Is it?")).isExactly("Yes");
        }
    }

    @LlamaTest(lora = @Lora("${adapter}"))
    static class With {
        @Test
        void saysNo(Chat chat) {
            assertThatAnswer(chat.user("Is it?")).isExactly("No");
        }
    }

    @LlamaTest(lora = @Lora(value = "${adapter}", scale = 0.01))
    static class WithALittle {
        @Test
        void saysYes(Chat chat) {
            assertThatAnswer(chat.user("Is it?")).isExactly("Yes");
        }
    }

    @Test
    void aClassHasTheModelWithItsAdapterAndNoOther() {
        assertThat(TestRun.failures(run().of(Without.class, With.class, WithALittle.class))).isEmpty();
        assertThat(TestRun.failures(run().of(WithALittle.class, With.class, Without.class))).isEmpty();
    }

    @LlamaTest(lora = @Lora("${no.such.adapter}"), ifMissing = MissingModel.SKIP)
    static class Skipped {
        @Test
        void neverRuns() {}
    }

    @LlamaTest(lora = @Lora("no/such/adapter.gguf"))
    static class Missing {
        @Test
        void asks(Chat chat) {}
    }

    @Test
    void anAdapterThatIsMissingIsAMissingModel() {
        EngineExecutionResults skipped = run().of(Skipped.class);
        assertThat(TestRun.reasons(skipped)).containsExactly("there is no LoRA adapter ${no.such.adapter}: neither the"
                + " property no.such.adapter nor the environment variable NO_SUCH_ADAPTER is set");
        assertThat(TestRun.failure(run().of(Missing.class)))
                .hasMessageContaining("there is no LoRA adapter no/such/adapter.gguf");
    }

    @LlamaTest(transcript = "answers.jsonl", lora = @Lora("${adapter}"))
    static class Recorded {
        @Test
        void saysNo(Chat chat) {
            assertThatAnswer(chat.user("Is it?")).isExactly("No");
        }
    }

    @LlamaTest(transcript = "answers.jsonl", lora = @Lora(value = "${adapter}", scale = 0.5))
    static class RecordedWithAnotherScale {
        @Test
        void saysNo(Chat chat) {
            assertThatAnswer(chat.user("Is it?")).isExactly("No");
        }
    }

    @LlamaTest(transcript = "answers.jsonl")
    static class RecordedWithoutAdapter {
        @Test
        void saysNo(Chat chat) {
            assertThatAnswer(chat.user("Is it?")).isExactly("No");
        }
    }

    @Test
    void aTranscriptIsReplayedWithTheAdaptersItWasRecordedWith(@TempDir Path resources) {
        assertThat(TestRun.failures(run().with("cria.test.resources", resources).with("cria.transcripts", "record")
                .of(Recorded.class))).isEmpty();
        TestRun replay = new TestRun().with("adapter", "gone.gguf").with("cria.test.resources", resources);
        assertThat(TestRun.failures(replay.of(Recorded.class))).isEmpty();
        assertThat(TestRun.failure(replay.of(RecordedWithAnotherScale.class))).hasMessageContaining(
                "answers.jsonl was recorded with the LoRA adapters no x 1.0, but the tests want gone.gguf x 0.5: record"
                        + " it again with -Dcria.transcripts=record");
        assertThat(TestRun.failure(replay.of(RecordedWithoutAdapter.class)))
                .hasMessageContaining("was recorded with the LoRA adapters no x 1.0, but the tests want none");
    }

    @Test
    void aTranscriptHoldsTheAnswersOfOneModel(@TempDir Path resources) {
        assertThat(TestRun.failure(run().with("cria.test.resources", resources).with("cria.transcripts", "record")
                .of(Recorded.class, RecordedWithoutAdapter.class))).hasMessageContaining(
                        "answers.jsonl is to be recorded with two models in this run, " + file
                                + " with the LoRA adapters " + adapter + " x 1.0 and " + file
                                + ": give each a transcript of its own");
    }
}
