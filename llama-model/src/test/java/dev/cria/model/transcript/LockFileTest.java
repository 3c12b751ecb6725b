package dev.cria.model.transcript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LockFileTest {
    @TempDir
    private Path folder;

    @Test
    void isGoneAfterTheChange() throws IOException {
        Path file = folder.resolve("answers.jsonl");
        try (LockFile lock = LockFile.acquire(file, Duration.ZERO)) {
            assertThat(lock.file()).exists().hasFileName(".answers.jsonl.lock");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void oneThatStaysIsNamedWithWhatToDo() throws IOException {
        Path file = folder.resolve("answers.jsonl");
        try (LockFile left = LockFile.acquire(file, Duration.ZERO)) {
            assertThatThrownBy(() -> LockFile.acquire(file, Duration.ofMillis(1)))
                    .isInstanceOf(FileSystemException.class).hasMessageContaining(left.file().toString())
                    .hasMessageContaining("was ended while it wrote; in that case delete this file");
        }
    }
}
