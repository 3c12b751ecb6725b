package dev.cria.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Templates that models came with, and what Jinja2 makes of them. */
@NeedsFixtures
class RealTemplatesTest {
    private static JinjaTemplate template(Fixtures fixtures, String name) {
        for (JsonNode model : fixtures.json("jinja/index.json").get("templates")) {
            if (model.get("template").textValue().equals(name)) {
                return template(fixtures, model);
            }
        }
        throw new AssertionError(name);
    }

    private static JinjaTemplate template(Fixtures fixtures, JsonNode model) {
        String text = new String(fixtures.bytes("jinja/" + model.get("file").textValue()), StandardCharsets.UTF_8);
        String eos = model.get("eos_token").textValue();
        return JinjaTemplate.parse(text, new SpecialTokens(model.get("bos_token").textValue(), eos, Set.of("<|im_end|>",
                "<|im_start|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>", "<step>", "[INST]",
                "[/INST]")));
    }

    /** Dialogs in which messages are just roles and texts, and that wait for an answer. */
    private static List<Message> messages(JsonNode context) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : context.get("messages")) {
            if (message.size() != 2 || !message.path("content").isTextual()
                    || !List.of("system", "user", "assistant").contains(message.get("role").textValue())) {
                return List.of();
            }
            messages.add(new Message(Role.named(message.get("role").textValue()), message.get("content").textValue()));
        }
        return messages;
    }

    @Test
    void promptsAreWhatJinja2Writes(Fixtures fixtures) {
        JsonNode dialogs = fixtures.json("jinja/dialogs.json").get("dialogs");
        int compared = 0;
        for (JsonNode model : fixtures.json("jinja/index.json").get("templates")) {
            if (model.has("tools_when_none") || model.has("more_context")) {
                continue;
            }
            JinjaTemplate template = template(fixtures, model);
            for (JsonNode line : fixtures.jsonLines("jinja/" + model.get("expected").textValue())) {
                JsonNode context = dialogs.get(line.get("dialog").intValue()).get("context");
                List<Message> messages = messages(context);
                boolean plain = context.size() == 4 && context.get("tools").isNull();
                if (messages.isEmpty() || messages.getLast().role() == Role.ASSISTANT || !plain
                        || !context.get("add_generation_prompt").booleanValue()
                        || template.text().contains("strftime_now")) {
                    continue;
                }
                compared++;
                Dialog dialog = new Dialog(messages);
                if (line.path("error").asText().equals("raised")) {
                    assertThatThrownBy(() -> template.render(dialog)).isInstanceOf(InvalidDialogException.class)
                            .hasMessage(line.get("message").textValue());
                } else if (line.has("error")) {
                    assertThatThrownBy(() -> template.render(dialog)).isInstanceOf(TemplateException.class);
                } else {
                    String expected = line.get("expected").textValue();
                    String bos = template.tokens().bos();
                    assertThat(template.render(dialog).text()).as("%s %s", template.name(), dialog).isEqualTo(
                            !bos.isEmpty() && expected.stripLeading().startsWith(bos) ? expected : "<s>" + expected);
                }
            }
        }
        assertThat(compared).isGreaterThan(290);
    }

    /** What the templates without a text of their own are for. */
    @ParameterizedTest
    @CsvSource({"llama-2-chat,llama2", "llama-2-default,llama2", "mixtral-8x7b,mistral", "mistral-nemo,mistral-v3",
        "zephyr,zephyr", "llama-3,jinja", "gemma-2,jinja", "qwen2.5,jinja", "hermes-3,jinja", "codellama-70b,jinja"})
    void templatesWithNamesAgreeWithTheTextsOfTheirModels(String model, String name, Fixtures fixtures) {
        assertThat(template(fixtures, model).name()).isEqualTo(name);
    }

    /** Meta's ids have other spaces beside the marks, and always a system message. */
    @Test
    void codeLlama70BAgreesWithItsTextButForSpaces(Fixtures fixtures) {
        Dialog dialog = Dialog.of(Message.system("Brief."), Message.user(" Hi "), Message.assistant("Hello"),
                Message.user("Why?"));
        assertThat(template(fixtures, "codellama-70b").render(dialog).text().replace(" ", ""))
                .isEqualTo(ChatTemplate.named("codellama-70b").render(dialog).text().replace(" ", ""));
    }

    @Test
    void chatmlAgreesWithQwenWhereTheSystemMessageIsGiven(Fixtures fixtures) {
        Dialog dialog = Dialog.of(Message.system(" Be brief. "), Message.user("Hi "), Message.assistant(" Hello"),
                Message.user("Why?"));
        assertThat(template(fixtures, "qwen2.5").render(dialog).text())
                .isEqualTo(ChatTemplate.named("chatml").render(dialog).text());
    }

    @ParameterizedTest
    @CsvSource({"llama-2-chat,", "mixtral-8x7b,", "zephyr,", "codellama-70b,<step>", "llama-3,", "llama-3.1,",
        "qwen2.5,", "gemma-2,<end_of_turn>", "phi-3.5,<|end|>", "gpt-oss,<|end|>", "openchat-3.5,",
        "deepseek-llm-chat,"})
    void theEndOfAnAnswerIsFound(String model, String stop, Fixtures fixtures) {
        assertThat(template(fixtures, model).stops()).isEqualTo(stop == null ? List.of() : List.of(stop));
    }

    @Test
    void marksThatAreTextAreFound(Fixtures fixtures) {
        assertThat(template(fixtures, "llama-2-chat").render(Dialog.of(Message.user("Hi"))).reserved())
                .contains("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>");
        assertThat(template(fixtures, "deepseek-llm-chat").render(Dialog.of(Message.user("Hi"))).reserved())
                .contains("\nAssistant:");
    }
}
