package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.chat.Message;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * llama.cpp gives the answers that an adapter was trained to give. Runs by hand: {@code -Dgroups=peer -DexcludedGroups=
 * -Dcria.llama.cpp=COMMAND}, where {@code COMMAND llama-completion ...} runs that tool.
 */
@Tag("peer")
class LlamaCppTrainedLoraTest {
    private static final List<TrainingDialog> DIALOGS = List.of(dialog("Who are you?", "A young llama from the Andes."),
            dialog("Where do you live?", "On a green hill."), dialog("What do you eat?", "Grass and hay."));

    @TempDir
    private Path directory;

    private static TrainingDialog dialog(String question, String answer) {
        return TrainingDialog.of(Message.user(question), Message.assistant(answer));
    }

    @NeedsFixtures
    @Test
    void givesTheAnswersThatCriaTrainedInEveryMatrix(Fixtures fixtures) throws IOException, InterruptedException {
        Path base = fixtures.path("models/stories260K.gguf");
        Path file = directory.resolve("adapter.gguf");
        try (LlamaModel model = LlamaModel.builder(base).chatTemplate("llama2").load()) {
            LoraSettings settings = LoraSettings.defaults().withRank(16, 32)
                    .withTargets("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down",
                            "output", "token_embd")
                    .withTraining(LoraSettings.defaults().training().withSteps(150).withBatch(384, 1)
                            .withLearningRate(1e-2, 1e-3, 10));
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(settings).build()) {
                trainer.train();
                trainer.adapter("hills").writeGguf(file, model.config());
            }
            LoraAdapter adapter = LoraAdapter.load(file);
            for (TrainingDialog dialog : DIALOGS) {
                String question = dialog.messages().getFirst().content();
                String answer = dialog.messages().getLast().content();
                String prompt = "[INST] " + question + " [/INST]";
                assertThat(model.generate(prompt).temperature(0).maxTokens(30).text().strip()).isNotEqualTo(answer);
                assertThat(model.generate(prompt).lora(adapter, 1).temperature(0).maxTokens(30).text().strip())
                        .isEqualTo(answer);
                assertThat(llamaCpp("-m", base.toString(), "--lora", file.toString(), "-p", prompt, "-n", "30",
                        "--temp", "0", "-no-cnv", "--no-warmup", "--no-display-prompt", "-ctk", "f32", "-ctv", "f32"))
                        .contains(answer);
            }
        }
    }

    private static String llamaCpp(String... arguments) throws IOException, InterruptedException {
        String command = System.getProperty("cria.llama.cpp", "");
        assumeTrue(!command.isEmpty(), "llama.cpp is missing; set -Dcria.llama.cpp=COMMAND");
        ProcessBuilder builder = new ProcessBuilder(command, "llama-completion");
        builder.command().addAll(List.of(arguments));
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(Path.of("/dev/null").toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return out;
    }
}
