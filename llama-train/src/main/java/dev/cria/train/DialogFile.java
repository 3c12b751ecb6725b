package dev.cria.train;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A JSON Lines file of dialogs in UTF-8. Each line is an object of one of two forms; further fields are left alone, and
 * so are blank lines.
 *
 * <pre>{@code
 * {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}
 * {"prompt": "...", "completion": "..."}
 * }</pre>
 *
 * <p>The second form is a question of the user and the assistant's answer to it.
 */
public final class DialogFile {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final String EXPECTED = "expected {\"messages\": [...]} or {\"prompt\": \"...\", \"completion\": \"...\"}";
    /** The bytes of U+FEFF, which some editors put before the first line. */
    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final Path file;
    private final List<TrainingDialog> dialogs = new ArrayList<>();
    private int line;

    private DialogFile(Path file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @return its dialogs, at least one
     * @throws MalformedFileException if a line is not a dialog; the message names the line, what was expected and what
     *     was found
     * @throws CriaException if the file cannot be read
     */
    public static List<TrainingDialog> read(Path file) {
        DialogFile reader = new DialogFile(file);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            reader.lines(in);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
        if (reader.dialogs.isEmpty()) {
            throw new MalformedFileException(file, "there is no dialog in it");
        }
        return List.copyOf(reader.dialogs);
    }

    /** Lines are cut as bytes, so that broken UTF-8 too is an error of its line. */
    private void lines(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        in.mark(MARK.length);
        if (!Arrays.equals(in.readNBytes(MARK.length), MARK)) {
            in.reset();
        }
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                line(bytes.toByteArray());
                bytes.reset();
            } else {
                bytes.write(b);
            }
        }
        line(bytes.toByteArray());
    }

    private void line(byte[] bytes) {
        line++;
        JsonNode node;
        try {
            node = MAPPER.readTree(bytes);
        } catch (JacksonException e) {
            throw malformed("not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw malformed("not UTF-8: " + e.getMessage(), e);
        }
        if (node.isMissingNode()) {
            return;
        }
        try {
            dialogs.add(new TrainingDialog(file + " line " + line, messages(node)));
        } catch (InvalidDialogException e) {
            throw malformed(String.valueOf(e.getMessage()), e);
        }
    }

    private MalformedFileException malformed(String problem, Exception cause) {
        return new MalformedFileException(file, "line " + line + ": " + problem, cause);
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, "line " + line + ": " + problem);
    }

    private List<Message> messages(JsonNode node) {
        if (!node.isObject()) {
            throw malformed(EXPECTED + ", found " + kind(node));
        }
        if (node.has("messages")) {
            if (node.has("prompt") || node.has("completion")) {
                throw malformed(EXPECTED + ", found both");
            }
            JsonNode array = node.get("messages");
            if (!array.isArray()) {
                throw malformed("messages must be an array, but is " + kind(array));
            }
            List<Message> messages = new ArrayList<>();
            for (JsonNode message : array) {
                String prefix = "messages[" + messages.size() + "]";
                if (!message.isObject()) {
                    throw malformed(prefix + " must be an object with role and content, but is " + kind(message));
                }
                messages.add(new Message(Role.named(text(message, prefix + ".", "role")),
                        text(message, prefix + ".", "content")));
            }
            return messages;
        }
        if (node.has("prompt") || node.has("completion")) {
            return List.of(Message.user(text(node, "", "prompt")), Message.assistant(text(node, "", "completion")));
        }
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        throw malformed(EXPECTED + ", found an object with " + (names.isEmpty() ? "no fields" : "the fields " + names));
    }

    private String text(JsonNode object, String prefix, String name) {
        JsonNode value = object.path(name);
        if (!value.isTextual()) {
            throw malformed(prefix + name + " must be a text, but is " + kind(value));
        }
        return value.textValue();
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case STRING, BINARY -> "a text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case MISSING -> "missing";
        };
    }
}
