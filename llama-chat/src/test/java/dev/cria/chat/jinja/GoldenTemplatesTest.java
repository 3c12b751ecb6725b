package dev.cria.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Jinja2's own results. */
class GoldenTemplatesTest {
    private static final Path FIXTURES = Path.of(System.getProperty("cria.fixtures", "../../shared/fixtures"))
            .resolve("jinja");

    private static Path fixture(String name) {
        Path path = FIXTURES.resolve(name);
        assumeTrue(Files.exists(path), () -> "golden data " + path + " is missing; set -Dcria.fixtures=DIRECTORY");
        return path;
    }

    private static List<JsonNode> lines(String name) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(fixture(name))) {
            nodes.add(TemplateCase.JSON.readTree(line));
        }
        return nodes;
    }

    private static void assertAllAsExpected(List<TemplateCase> cases) {
        assertThat(cases.stream().map(TemplateCase::difference).filter(text -> !text.isEmpty())).isEmpty();
    }

    @Test
    void smallTemplatesGiveWhatJinja2Gives() throws IOException {
        List<TemplateCase> cases = new ArrayList<>();
        for (JsonNode line : lines("cases.jsonl")) {
            cases.add(new TemplateCase(line.get("template").textValue(), TemplateCase.map(line.get("context")), line));
        }
        assertAllAsExpected(cases);
    }

    @Test
    void templatesOfRealModelsGiveWhatJinja2Gives() throws IOException {
        JsonNode dialogs = TemplateCase.JSON.readTree(fixture("dialogs.json").toFile()).get("dialogs");
        List<TemplateCase> cases = new ArrayList<>();
        for (JsonNode model : TemplateCase.JSON.readTree(fixture("index.json").toFile()).get("templates")) {
            String template = Files.readString(fixture(model.get("file").textValue()));
            for (JsonNode line : lines(model.get("expected").textValue())) {
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
