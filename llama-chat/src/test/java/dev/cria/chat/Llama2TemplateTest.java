package dev.cria.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class Llama2TemplateTest {
    private static List<Message> messages(JsonNode golden) {
        JsonNode array = golden.has("dialog") ? golden.get("dialog") : golden.get("messages");
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : array) {
            messages.add(new Message(Role.named(message.get("role").textValue()),
                    message.get("content").textValue()));
        }
        return messages;
    }

    @NeedsFixtures
    @Test
    void formsTheTokensOfMetasReference(Fixtures fixtures) {
        Tokenizer tokenizer = Tokenizer.load(fixtures.path("models/llama2-tokenizer.model"));
        for (JsonNode golden : fixtures.json("chat/dialogs.json").get("cases")) {
            for (ChatTemplate template : List.of(ChatTemplate.llama2(), ChatTemplate.named("llama2"))) {
                Prompt prompt = template.render(new Dialog(messages(golden)));
                assertThat(prompt.encode(tokenizer)).as("%s", golden)
                        .isEqualTo(Fixtures.ints(golden.get("ids")));
                assertThat(prompt.text()).isEqualTo(golden.get("prompt").textValue());
            }
        }
    }

    @NeedsFixtures
    @Test
    void refusesItsMarksInMessagesAsMetasReferenceDoes(Fixtures fixtures) {
        Tokenizer tokenizer = Tokenizer.load(fixtures.path("models/llama2-tokenizer.model"));
        for (JsonNode golden : fixtures.json("chat/dialogs.json").get("special_tags_in_content")) {
            Prompt prompt = ChatTemplate.llama2().render(new Dialog(messages(golden)));
            assertThatThrownBy(() -> prompt.encode(tokenizer)).as("%s", golden)
                    .isInstanceOf(InvalidDialogException.class).hasMessageContaining("is a mark of the chat template");
        }
    }

    @NeedsFixtures
    @Test
    void dialogsOutOfOrderAreRefused(Fixtures fixtures) {
        for (JsonNode golden : fixtures.json("chat/dialogs.json").get("invalid")) {
            assertThatThrownBy(() -> ChatTemplate.llama2().render(new Dialog(messages(golden)))).as("%s", golden)
                    .isInstanceOf(InvalidDialogException.class).hasMessageContaining("message");
        }
    }

    @Test
    void theMessageThatIsOutOfOrderIsNamed() {
        Dialog dialog = Dialog.of(Message.user("one"), Message.user("two"));
        assertThatThrownBy(() -> ChatTemplate.llama2().render(dialog))
                .hasMessageContaining("message 2 of the dialog must come from the ASSISTANT, but comes from the USER");
    }

    @Test
    void theNamedOneContinuesAnAnswerAndMetasDoesNot() {
        Dialog dialog = Dialog.of(Message.system("Be brief."), Message.user(" Why? "), Message.assistant(" Because "));
        assertThat(ChatTemplate.named("llama2").render(dialog).text())
                .isEqualTo("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Why? [/INST] Because");
        assertThatThrownBy(() -> ChatTemplate.llama2().render(dialog)).hasMessage(
                "the last message of a dialog must come from the USER, but comes from the ASSISTANT");
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
