package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.Message;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DialogFileTest {
    private static final String SOUND = "{\"prompt\": \"Hi\", \"completion\": \"Hello\"}\n";

    @TempDir
    private Path directory;

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("data.jsonl"), text);
    }

    @Test
    void bothFormsBlankLinesAndFurtherFieldsAreRead() throws IOException {
        Path file = write("\ufeff" + SOUND
                + "\n   \r\n{\"id\": 7, \"messages\": [{\"role\": \"system\", \"content\": \"é\"}, "
                + "{\"role\": \"user\", \"content\": \"a\\nb\"}, {\"role\": \"assistant\", \"content\": \"\", \"name\": 1}]}");
        assertThat(DialogFile.read(file)).containsExactly(
                new TrainingDialog(file + " line 1", List.of(Message.user("Hi"), Message.assistant("Hello"))),
                new TrainingDialog(file + " line 4",
                        List.of(Message.system("é"), Message.user("a\nb"), Message.assistant(""))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"prompt\": \"Hi\"                                    | not JSON: Unexpected end-of-input",
        "{\"prompt\": \"Hi\", \"completion\": \"Hello\"} {}      | not JSON: Trailing token",
        "{\"prompt\": \"Hi\", \"prompt\": \"Hello\"}             | not JSON: Duplicate field 'prompt'",
        "{\"prompt\": \"Hi\"}                                   | completion must be a text, but is missing",
        "{\"prompt\": \"Hi\", \"completion\": 7}                 | completion must be a text, but is a number",
        "[]                                                    | found an array",
        "null                                                  | found null",
        "{}                                                    | found an object with no fields",
        "{\"text\": \"Hi\", \"id\": 1}                           | found an object with the fields [text, id]",
        "{\"messages\": [], \"prompt\": \"Hi\"}                  | found both",
        "{\"messages\": {}}                                     | messages must be an array, but is an object",
        "{\"messages\": []}                                     | last message of a dialog to learn from must come from the ASSISTANT, but there is none",
        "{\"messages\": [7]}                                    | messages[0] must be an object with role and content, but is a number",
        "{\"messages\": [{\"role\": \"user\"}]}                   | messages[0].content must be a text, but is missing",
        "{\"messages\": [{\"role\": \"bot\", \"content\": \"Hi\"}]} | a message comes from system, user, assistant or tool, not from \"bot\"",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]} | must come from the ASSISTANT, but comes from the USER",
        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"Hi\"}]} | needs at least one user message"})
    void aLineThatIsNoDialogIsNamed(String line, String problem) throws IOException {
        Path file = write(SOUND + "\n" + line + "\n" + SOUND);
        assertThatThrownBy(() -> DialogFile.read(file)).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(file + ": line 3: ").hasMessageContaining(problem);
    }

    @Test
    void brokenTextIsNamedWithItsLine() throws IOException {
        Path file = directory.resolve("data.jsonl");
        byte[] bytes = (SOUND + "{\"prompt\": \"?\", \"completion\": \"\"}").getBytes(StandardCharsets.UTF_8);
        bytes[SOUND.length() + 12] = (byte) 0xff;
        Files.write(file, bytes);
        assertThatThrownBy(() -> DialogFile.read(file)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("line 2: not ").hasMessageContaining("UTF-8");
    }

    @Test
    void aFileThatIsMissingOrEmptyIsNamed() throws IOException {
        Path missing = directory.resolve("none.jsonl");
        assertThatThrownBy(() -> DialogFile.read(missing)).isInstanceOf(CriaException.class)
                .hasMessage("there is no file " + missing);
        assertThatThrownBy(() -> DialogFile.read(directory)).isInstanceOf(CriaException.class)
                .hasMessage(directory + " is a directory, not a file");
        Path empty = write("\n\n");
        assertThatThrownBy(() -> DialogFile.read(empty)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("there is no dialog in it");
    }
}
