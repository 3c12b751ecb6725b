package dev.cria.core.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
    @TempDir
    private Path folder;

    @Test
    void replacesWhatWasThereOnceItIsComplete() throws IOException {
        Path target = Files.writeString(folder.resolve("out"), "before");
        try (NewFile file = new NewFile(target)) {
            Files.writeString(file.path(), "after");
            assertThat(target).hasContent("before");
            file.complete();
        }
        assertThat(target).hasContent("after");
        assertThat(folder.toFile().list()).containsExactly("out");
    }

    @Test
    void leavesNothingIfItIsNotCompleted() throws IOException {
        Path target = folder.resolve("out");
        try (NewFile file = new NewFile(target)) {
            Files.writeString(file.path(), "half");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aPlaceWhereNoFileCanBeIsRefusedAtOnce() {
        assertThatThrownBy(() -> new NewFile(folder)).isInstanceOf(CriaException.class)
                .hasMessage("cannot write " + folder + ": it is a directory");
        assertThatThrownBy(() -> new NewFile(Path.of("/"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not name a file");
    }
}
