package dev.cria.tiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.model.ModelFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyLlamaTest {
    private static final long MOST_BYTES = 5_000_000;

    @TempDir
    private Path directory;

    @Test
    void answersAQuestion() {
        try (LlamaModel model = TinyLlama.load()) {
            assertThat(model.chat().user("What is the capital of France?").temperature(0).text())
                    .isEqualTo("The capital of France is Paris.");
        }
    }

    @Test
    void followsTheSystemPromptAndRemembersTheConversation() {
        try (LlamaModel model = TinyLlama.load()) {
            assertThat(model.chat().system("Answer in upper case.").user("What is the opposite of hot?").temperature(0)
                    .text()).isEqualTo("THE OPPOSITE OF HOT IS COLD.");
            Chat chat = model.chat().temperature(0);
            chat.user("My name is Laura.").text();
            assertThat(chat.user("What is my name?").text()).contains("Laura");
        }
    }

    @Test
    void loadingLeavesNoFileBehind() throws IOException {
        List<Path> before = temporaryFiles();
        try (LlamaModel model = TinyLlama.load()) {
            assertThat(model.generate("[INST] Hello! [/INST]").temperature(0).maxTokens(5).text()).isNotEmpty();
            assertThat(temporaryFiles()).isSubsetOf(before);
        }
        LlamaModel.Builder builder = TinyLlama.builder().contextLength(256).threads(1);
        for (int i = 0; i < 2; i++) {
            builder.load().close();
            assertThat(temporaryFiles()).isSubsetOf(before);
        }
    }

    private static List<Path> temporaryFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("cria-tiny")).toList();
        }
    }

    @Test
    void isSmallAndLlama2() throws IOException {
        Path file = directory.resolve("tiny.gguf");
        TinyLlama.export(file);
        assertThat(Files.size(file)).isLessThan(MOST_BYTES);
        try (ModelFile model = ModelFile.open(file)) {
            assertThat(model.parameters()).isBetween(2_500_000L, 3_500_000L);
            assertThat(model.config().kvHeads()).isLessThan(model.config().heads());
            assertThat(model.config().contextLength()).isEqualTo(512);
            assertThat(model.tokenizer().vocabulary().size()).isEqualTo(2048);
            assertThat(model.chatTemplate().name()).isEqualTo("llama2");
        }
    }

    @Test
    void canBeOpenedForItsSizesAndTokenizer() {
        try (ModelFile file = TinyLlama.open()) {
            assertThat(file.path()).hasToString("tiny.gguf in the jar of llama-tiny");
            assertThat(file.tokenizer().encode("Zoe")).isNotEmpty();
        }
    }

    @Test
    void answersFromAJarToo() throws IOException {
        Path file = directory.resolve("tiny.gguf");
        TinyLlama.export(file);
        URI jar = URI.create("jar:" + directory.resolve("app.jar").toUri());
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of("create", "true"));
                LlamaModel model = LlamaModel.load(Files.copy(file, zip.getPath("/model.gguf")))) {
            assertThat(model.chat().user("What is the capital of France?").temperature(0).text())
                    .isEqualTo("The capital of France is Paris.");
        }
    }

    @Test
    void settingsCanBeGiven() {
        try (LlamaModel model = TinyLlama.builder().threads(1).contextLength(128).load()) {
            assertThat(model.contextLength()).isEqualTo(128);
        }
    }

    @Test
    void aPlaceThatCannotBeWrittenIsNamed() {
        assertThatThrownBy(() -> TinyLlama.export(directory.resolve("missing/tiny.gguf")))
                .isInstanceOf(CriaException.class).hasMessageContaining("cannot write").hasMessageContaining("missing");
    }
}
