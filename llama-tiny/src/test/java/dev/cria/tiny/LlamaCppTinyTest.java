package dev.cria.tiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.model.LlamaModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * llama.cpp gives the same greedy answers. Runs by hand: {@code -Dgroups=peer -DexcludedGroups=
 * -Dcria.llama.cpp=COMMAND}, where {@code COMMAND llama-completion ...} runs that tool.
 */
@Tag("peer")
class LlamaCppTinyTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"What is the capital of France?", "Please compute 9 plus 4.", "Spell the word house.",
        "Tell me a short story about a fox.", "Repeat: river stone apple",
        "Extract the name and city as JSON: Anna is 31 years old and lives in Paris.",
        "Is this review positive or negative? The soup was wonderful.", "How is the weather today?"})
    void answersTheSame(String question) throws IOException, InterruptedException {
        String command = System.getProperty("cria.llama.cpp", "");
        assumeTrue(!command.isEmpty(), "llama.cpp is missing; set -Dcria.llama.cpp=COMMAND");
        Path file = directory.resolve("tiny.gguf");
        TinyLlama.export(file);
        String prompt = "[INST] " + question + " [/INST]";
        String expected;
        try (LlamaModel model = TinyLlama.load()) {
            expected = model.generate(prompt).temperature(0).maxTokens(80).text();
        }
        Process process = new ProcessBuilder(List.of(command, "llama-completion", "-m", file.toString(), "-p", prompt,
                "-n", "80", "--temp", "0", "-no-cnv", "--no-warmup", "--no-display-prompt", "-ctk", "f32", "-ctv",
                "f32"))
                .redirectError(ProcessBuilder.Redirect.DISCARD).redirectInput(Path.of("/dev/null").toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(out.replace("[end of text]", "").strip()).isEqualTo(expected.strip());
    }
}
