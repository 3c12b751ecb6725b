package dev.cria.tiny;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.golden.Golden;
import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.GenerationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tiny model says, token by token: greedily, by chance, in a chat, and how probable it finds texts. */
class GoldenAnswersTest {
    private static final List<String> PROMPTS = List.of("Once upon a time",
            "[INST] Tell me a short story about a fox. [/INST]",
            "[INST] Please compute 9 plus 4. [/INST]", "[INST] Spell the word house. [/INST]",
            "[INST] Extract the name and city as JSON: Anna is 31 years old and lives in Paris. [/INST]",
            "[INST] <<SYS>>\nAnswer in upper case.\n<</SYS>>\n\nWhat is the opposite of hot? [/INST]");

    @TempDir
    private Path folder = Path.of("");

    private static String line(String asked, GenerationResult result) {
        ObjectNode line = new ObjectMapper().createObjectNode().put("asked", asked);
        line.putPOJO("prompt", result.promptTokens());
        line.putPOJO("tokens", result.tokens());
        return line.put("text", result.text()).put("end", result.finishReason().name()) + "\n";
    }

    private static String answers(LlamaModel model) {
        StringBuilder lines = new StringBuilder();
        for (String prompt : PROMPTS) {
            lines.append(line(prompt, model.generate(prompt).temperature(0).maxTokens(60).result()));
            lines.append(line(prompt + " (seed 7)", model.generate(prompt).seed(7).maxTokens(30).result()));
            lines.append(line(prompt + " (seed 8, all options)",
                    model.generate(prompt).seed(8).temperature(1.1).topK(50).topP(0.95).minP(0.02).typicalP(0.9)
                            .repeatPenalty(1.2).frequencyPenalty(0.1).presencePenalty(0.2).maxTokens(30).result()));
        }
        Chat chat = model.chat().system("Be brief.").temperature(0).maxTokens(40);
        for (String question : List.of("My name is Laura.", "What is my name?", "Is this review positive or negative? "
                + "The soup was wonderful.")) {
            lines.append(line(question, chat.user(question).result()));
        }
        for (String text : List.of("The capital of France is Paris.", "The capital of France is Rome.", "zzz")) {
            lines.append("log-probabilities of ").append(text).append(": ")
                    .append(model.score(text).logProbabilities()).append('\n');
        }
        return lines.toString();
    }

    @Test
    void answersAreThoseOfTheGoldenData() {
        try (LlamaModel model = TinyLlama.load()) {
            Golden.check("answers.jsonl", answers(model));
        }
    }

    @Test
    void answersDoNotDependOnThreadsChunksKernelsOrWhereTheWeightsAre() {
        try (LlamaModel model = TinyLlama.builder().threads(3).promptChunk(5).kernels(Kernels.plain())
                .weightMemory(LlamaModel.WeightMemory.MAPPED).activations(ActivationType.F32).load()) {
            Golden.check("answers.jsonl", answers(model));
        }
    }

    @Test
    void theVocabularyIsThatOfTheGoldenData() throws IOException {
        Path file = folder.resolve("tokenizer.model");
        try (LlamaModel model = TinyLlama.load()) {
            model.tokenizer().save(file);
        }
        Golden.check("tokenizer/tiny.model", Files.readAllBytes(file));
    }
}
