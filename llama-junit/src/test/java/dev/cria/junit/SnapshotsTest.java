package dev.cria.junit;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.MalformedFileException;
import dev.cria.model.Chat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

class SnapshotsTest {
    @TempDir
    private Path folder;
    private Path model;

    @BeforeEach
    void write() {
        model = BigramModel.saying("Paris", "is", "nice.").write(folder.resolve("model.gguf"));
    }

    private TestRun run() {
        return TestRun.on(model).with("cria.test.resources", folder);
    }

    private Path file() {
        return folder.resolve("snapshots/dev.cria.junit.SnapshotsTest$Approved/the answer.txt");
    }

    @LlamaTest
    static class Approved {
        @Test
        void isApproved(Chat chat, Snapshots snapshots) {
            assertThatAnswer(chat.user("Where?")).matchesSnapshot(snapshots, "the answer");
        }
    }

    @LlamaTest
    static class BadName {
        @Test
        void leavesTheFolder(Snapshots snapshots) {
            assertThatAnswer("a").matchesSnapshot(snapshots, "../elsewhere");
        }
    }

    @Test
    void nothingMatchesBeforeItIsApproved() {
        assertThat(TestRun.failure(run().of(Approved.class)))
                .hasMessageContaining("There is no approved answer " + file()).hasMessageContaining("Paris is nice.")
                .hasMessageContaining("-Dcria.snapshots=approve").hasMessageContaining("Options {");
        assertThat(file()).doesNotExist();
    }

    @Test
    void whatIsApprovedMatchesUntilTheAnswerChanges() throws IOException {
        assertThat(TestRun.failures(run().with("cria.snapshots", "approve").of(Approved.class))).isEmpty();
        assertThat(Files.readString(file())).isEqualTo("Paris is nice.\n");
        assertThat(file().getParent()).isDirectoryNotContaining("glob:**.part");
        assertThat(TestRun.failures(run().of(Approved.class))).isEmpty();

        Files.writeString(file(), "Paris is nice.\r\n");
        assertThat(TestRun.failures(run().of(Approved.class))).isEmpty();

        BigramModel.saying("Rome", "is", "far.").write(model);
        assertThat(TestRun.failure(run().of(Approved.class))).isInstanceOfSatisfying(AssertionFailedError.class,
                error -> {
                    assertThat(error).hasMessageContaining("not the approved one in " + file())
                            .hasMessageContaining("    Paris is nice.").hasMessageContaining("    Rome is far.");
                    assertThat(error.getExpected().getStringRepresentation()).isEqualTo("Paris is nice.");
                    assertThat(error.getActual().getStringRepresentation()).isEqualTo("Rome is far.");
                });
        assertThat(Files.readString(file())).isEqualTo("Paris is nice.\r\n");
        assertThat(TestRun.failures(run().with("cria.snapshots", "APPROVE").of(Approved.class))).isEmpty();
        assertThat(Files.readString(file())).isEqualTo("Rome is far.\n");
    }

    @LlamaTest
    static class Cases {
        @ParameterizedTest
        @ValueSource(strings = {"a", "a", "b"})
        void areApproved(String text, Snapshots snapshots) {
            assertThatAnswer(text).matchesSnapshot(snapshots, "all");
        }
    }

    @Test
    void aRunApprovesOneTextForANameOnly() {
        for (TestRun run : List.of(run(), run().parallel())) {
            assertThat(TestRun.failures(run.with("cria.snapshots", "approve").of(Cases.class))).isNotEmpty()
                    .allSatisfy(failure -> assertThat(failure)
                            .hasMessageContaining("two different texts are to be approved as the snapshot ")
                            .hasMessageContaining("all.txt: give each a name of its own"));
        }
        assertThat(folder.resolve("snapshots/dev.cria.junit.SnapshotsTest$Cases")).isDirectoryNotContaining(
                "glob:**.part");
    }

    @LlamaTest
    static class OfWindows {
        @Test
        void hasItsLineEnds(Snapshots snapshots) {
            assertThatAnswer("one\r\ntwo").matchesSnapshot(snapshots, "lines");
        }
    }

    @Test
    void lineEndsOfWindowsMakeNoDifference() throws IOException {
        assertThat(TestRun.failures(run().with("cria.snapshots", "approve").of(OfWindows.class))).isEmpty();
        assertThat(TestRun.failures(run().of(OfWindows.class))).isEmpty();
        Path lines = folder.resolve("snapshots/dev.cria.junit.SnapshotsTest$OfWindows/lines.txt");
        assertThat(lines).hasContent("one\ntwo\n");
        Files.writeString(lines, "\uFEFFone\r\ntwo\r\n");
        assertThat(TestRun.failures(run().of(OfWindows.class))).isEmpty();
    }

    @Test
    void aNameCannotLeaveTheFolder() {
        assertThat(TestRun.failure(run().of(BadName.class))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"../elsewhere\"");
    }

    @Test
    void aSnapshotThatIsNoTextIsNamed() throws IOException {
        Files.createDirectories(file().getParent());
        Files.write(file(), new byte[]{'P', (byte) 0xC3});
        assertThat(TestRun.failure(run().of(Approved.class))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(file() + ": a snapshot is UTF-8 text, but this is not");
    }
}
