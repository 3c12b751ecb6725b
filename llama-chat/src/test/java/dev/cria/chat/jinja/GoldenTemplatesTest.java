package dev.cria.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Jinja2's own results. */
@NeedsFixtures
class GoldenTemplatesTest {
    private static void assertAllAsExpected(List<TemplateCase> cases) {
        assertThat(cases.stream().map(TemplateCase::difference).filter(text -> !text.isEmpty())).isEmpty();
    }

    @Test
    void smallTemplatesGiveWhatJinja2Gives(Fixtures fixtures) {
        List<TemplateCase> cases = new ArrayList<>();
        for (JsonNode line : fixtures.jsonLines("jinja/cases.jsonl")) {
            cases.add(new TemplateCase(line.get("template").textValue(), TemplateCase.map(line.get("context")), line));
        }
        assertAllAsExpected(cases);
    }

    @Test
    void templatesOfRealModelsGiveWhatJinja2Gives(Fixtures fixtures) {
        JsonNode dialogs = fixtures.json("jinja/dialogs.json").get("dialogs");
        List<TemplateCase> cases = new ArrayList<>();
        for (JsonNode model : fixtures.json("jinja/index.json").get("templates")) {
            String template = new String(fixtures.bytes("jinja/" + model.get("file").textValue()),
                    StandardCharsets.UTF_8);
            for (JsonNode line : fixtures.jsonLines("jinja/" + model.get("expected").textValue())) {
                Map<String, Object> context = TemplateCase
                        .map(dialogs.get(line.get("dialog").intValue()).get("context"));
                context.put("bos_token", model.get("bos_token").textValue());
                context.put("eos_token", model.get("eos_token").textValue());
                if (model.has("tools_when_none") && context.get("tools") == null) {
                    context.put("tools", List.of());
                }
                if (model.has("more_context")) {
                    context.putAll(TemplateCase.map(model.get("more_context")));
                }
                cases.add(new TemplateCase(template, context, line));
            }
        }
        assertAllAsExpected(cases);
    }
}
