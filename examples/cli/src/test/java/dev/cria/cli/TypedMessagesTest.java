package dev.cria.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.generation.CancellationToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is typed in a terminal. */
class TypedMessagesTest {
    private static final String UP = "\033OA";
    private static final String LEFT = "\033OD";
    private static final String CTRL_D = "\004";

    @TempDir
    private Path folder = Path.of("");

    private static Terminal terminal(String keys) throws IOException {
        return TerminalBuilder.builder().system(false).type("xterm").encoding(StandardCharsets.UTF_8)
                .streams(new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8)), new ByteArrayOutputStream())
                .build();
    }

    private static List<String> messages(String keys, Optional<Path> history) throws IOException {
        List<String> messages = new ArrayList<>();
        try (TypedMessages typed = new TypedMessages(terminal(keys), history)) {
            for (Optional<String> next = typed.next(); next.isPresent(); next = typed.next()) {
                messages.add(next.get());
            }
        }
        return messages;
    }

    @Test
    void linesCanBeEditedAndBroughtBack() throws IOException {
        assertThat(messages("Hallo" + LEFT + LEFT + LEFT + LEFT + "\010" + "J\r" + UP + "!\r" + CTRL_D,
                Optional.empty())).containsExactly("Jallo", "Jallo!");
    }

    @Test
    void aMessageMayHaveSeveralLines() throws IOException {
        assertThat(messages("one \\\rtwo\r\"\"\"\rthree\r\rfour!!\r\"\"\"\rC:\\new!$\r" + CTRL_D, Optional.empty()))
                .containsExactly("one \ntwo", "three\n\nfour!!", "C:\\new!$");
    }

    @Test
    void theNextConversationKnowsTheMessagesOfTheLast() throws IOException {
        Path file = HistoryFile.made(folder.resolve("state/cria/history"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(messages("Hello\r" + CTRL_D, Optional.of(file))).containsExactly("Hello");
        assertThat(messages(UP + " again\r" + CTRL_D, Optional.of(file))).containsExactly("Hello again");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    }

    @Test
    void theHistoryIsWhereTheSystemKeepsSuchFiles() {
        assertThat(HistoryFile.place(Map.of(), "/home/me")).isEqualTo(Path.of("/home/me/.local/state/cria/history"));
        assertThat(HistoryFile.place(Map.of("XDG_STATE_HOME", "/state"), "/home/me"))
                .isEqualTo(Path.of("/state/cria/history"));
        assertThat(HistoryFile.place(Map.of("XDG_STATE_HOME", "relative"), "/home/me"))
                .isEqualTo(Path.of("/home/me/.local/state/cria/history"));
    }

    @Test
    void anInterruptCancelsTheAnswerAndNotTheProgram() throws IOException {
        Terminal terminal = terminal("Hello\r" + CTRL_D);
        CancellationToken token = new CancellationToken();
        try (TypedMessages typed = new TypedMessages(terminal, Optional.empty())) {
            typed.answer(() -> terminal.raise(Terminal.Signal.INT), token);
            assertThat(token.isCancelled()).isTrue();
            assertThat(typed.next()).contains("Hello");
        }
    }
}
