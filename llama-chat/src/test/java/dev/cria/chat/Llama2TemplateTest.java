package dev.cria.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class Llama2TemplateTest {
    private static final Path FIXTURES = Path.of(System.getProperty("cria.fixtures", "../../shared/fixtures"));

    private static Path fixture(String name) {
        Path path = FIXTURES.resolve(name);
        assumeTrue(Files.exists(path), () -> "golden data " + path + " is missing; set -Dcria.fixtures=DIRECTORY");
        return path;
    }

    private static JsonNode golden(String name) throws IOException {
        return new ObjectMapper().readTree(fixture("chat/dialogs.json").toFile()).get(name);
    }

    private static List<Message> messages(JsonNode golden) {
        JsonNode array = golden.has("dialog") ? golden.get("dialog") : golden.get("messages");
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : array) {
            messages.add(new Message(Role.named(message.get("role").textValue()),
                    message.get("content").textValue()));
        }
        return messages;
    }

    @Test
    void formsTheTokensOfMetasReference() throws IOException {
        Tokenizer tokenizer = Tokenizer.load(fixture("models/llama2-tokenizer.model"));
        for (String group : new String[]{"cases", "special_tags_in_content"}) {
            for (JsonNode golden : golden(group)) {
                Prompt prompt = ChatTemplate.llama2().render(new Dialog(messages(golden)));
                assertThat(prompt.encode(tokenizer)).as("%s", golden)
                        .isEqualTo(new ObjectMapper().convertValue(golden.get("ids"), int[].class));
                if (golden.has("prompt")) {
                    assertThat(prompt.text()).isEqualTo(golden.get("prompt").textValue());
                }
            }
        }
    }

    @Test
    void dialogsOutOfOrderAreRefused() throws IOException {
        for (JsonNode golden : golden("invalid")) {
            assertThatThrownBy(() -> new Dialog(messages(golden))).as("%s", golden)
                    .isInstanceOf(InvalidDialogException.class).hasMessageContaining("message");
        }
    }

    @Test
    void theMessageThatIsOutOfOrderIsNamed() {
        assertThatThrownBy(() -> Dialog.of(Message.user("one"), Message.user("two")))
                .hasMessageContaining("message 2 of the dialog must come from the ASSISTANT, but comes from the USER");
    }

    @Test
    void aLongerDialogBeginsWithTheShorterOnesQuestion() {
        Dialog dialog = Dialog.of(Message.system("Be brief."), Message.user("Why?"));
        String first = ChatTemplate.llama2().render(dialog).text();
        assertThat(ChatTemplate.llama2().render(dialog.next("Because.", "And?")).text()).startsWith(first)
                .isEqualTo(
                        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhy? [/INST] Because. </s><s>[INST] And? [/INST]");
    }
}
