package dev.cria.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenderCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder = Path.of("");

    private CriaRun render(String template, String input, String... options) throws IOException {
        return render(Files.writeString(folder.resolve("chat.jinja"), template), input, options);
    }

    private static CriaRun render(Path template, String input, String... options) {
        List<String> arguments = new ArrayList<>(List.of("render", "--template", template.toString()));
        arguments.addAll(List.of(options));
        return CriaRun.piped(input, arguments.toArray(String[]::new));
    }

    @Test
    void everyLineIsAContextAndEveryLineOfTheAnswerAString() throws IOException {
        String template = "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{{ mood }}";
        CriaRun run = render(template, """
                {"messages": [{"role": "user", "content": "Grüße 😀\\u2028"}], "bos_token": "<s>", "mood": 1.0}
                {"messages": []}
                """);
        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(JSON.readTree(lines.getFirst()).textValue()).isEqualTo("<s>user: Grüße 😀\u2028\n1.0");
        assertThat(lines.getLast()).isEqualTo("\"\"");
    }

    @Test
    void halvesOfCharactersAreEscapedAndTheTimeCanBeHeld() throws IOException {
        assertThat(render("{{ x[0] }}{{ x }}", "{\"x\": \"\\ud83d\"}\n").out().strip())
                .isEqualTo("\"\\ud83d\\ud83d\"");
        assertThat(
                render("{{ strftime_now('%d %b %Y, %H:%M') }}", "{}\n", "--now", "2025-03-09T08:05:07").out().strip())
                .isEqualTo("\"09 Mar 2025, 08:05\"");
    }

    @Test
    void aFailureIsAnObjectWithItsKindAndItsPlace() throws IOException {
        String input = "{\"x\": 1}\n{\"x\": \"a\"}\n{}\n";
        CriaRun run = render("a\n{{ raise_exception('Not ' ~ x) if x is string else x + 1 }}", input);
        assertThat(run.status()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines.getFirst()).isEqualTo("\"a\\n2\"");
        assertThat(lines.get(1)).startsWith(
                "{\"error\":\"raised\",\"message\":\"Not a\",\"line\":2,\"column\":");
        assertThat(lines.get(2)).startsWith("{\"error\":\"undefined\",\"message\":\"line 2, column ");
        assertThat(render("{% for %}", input).out().lines()).hasSize(3)
                .allSatisfy(line -> assertThat(line).startsWith("{\"error\":\"syntax\",\"message\":\"line 1, column "));
    }

    @Test
    void aLineThatIsNoObjectAndATemplateThatIsNotThereAreNamed() throws IOException {
        CriaRun run = render("x", "{}\n[]\n");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).startsWith("cria: line 2 of standard input: it must be a JSON object, but is array");
        Path missing = folder.resolve("missing.jinja");
        assertThat(render(missing, "{}\n").err()).startsWith("cria: there is no file " + missing);
        assertThat(CriaRun.piped("{}\n", "render").status()).isEqualTo(2);
        assertThat(render("x", "{}\n", "--now", "today").status()).isEqualTo(2);
    }

    private static boolean isExpected(JsonNode golden, JsonNode found) {
        if (golden.has("expected")) {
            return found.equals(golden.get("expected")) || found.equals(golden.path("expected_without_markup"));
        }
        String kind = golden.get("error").textValue();
        String foundKind = found.path("error").asText();
        boolean forbids = kind.equals("security") || kind.equals("runtime");
        return forbids
                ? foundKind.equals("security") || foundKind.equals("runtime")
                : foundKind.equals(kind)
                        && (!kind.equals("raised") || found.get("message").equals(golden.get("message")));
    }

    @NeedsFixtures
    @Test
    void smallTemplatesGiveWhatJinja2Gives(Fixtures fixtures) throws IOException {
        List<String> different = new ArrayList<>();
        for (JsonNode golden : fixtures.jsonLines("jinja/cases.jsonl")) {
            String found = render(golden.get("template").textValue(), golden.get("context") + "\n", "--now",
                    "2025-03-09T08:05:07").out();
            if (!isExpected(golden, JSON.readTree(found))) {
                different.add(golden + "\n" + found);
            }
        }
        assertThat(different).isEmpty();
    }

    @NeedsFixtures
    @Test
    void templatesOfRealModelsGiveWhatJinja2Gives(Fixtures fixtures) throws IOException {
        ArrayNode dialogs = (ArrayNode) fixtures.json("jinja/dialogs.json").get("dialogs");
        List<String> different = new ArrayList<>();
        for (JsonNode model : fixtures.json("jinja/index.json").get("templates")) {
            List<JsonNode> golden = fixtures.jsonLines("jinja/" + model.get("expected").textValue());
            StringBuilder input = new StringBuilder();
            for (JsonNode line : golden) {
                ObjectNode context = dialogs.get(line.get("dialog").intValue()).get("context").deepCopy();
                context.set("bos_token", model.get("bos_token"));
                context.set("eos_token", model.get("eos_token"));
                if (model.has("tools_when_none") && context.path("tools").isNull()) {
                    context.set("tools", model.get("tools_when_none"));
                }
                model.path("more_context").properties().forEach(more -> context.set(more.getKey(), more.getValue()));
                input.append(context).append('\n');
            }
            List<String> found = render(fixtures.path("jinja/" + model.get("file").textValue()), input.toString(),
                    "--now",
                    "2025-03-09T08:05:07").out().lines().toList();
            assertThat(found).hasSameSizeAs(golden);
            for (int i = 0; i < found.size(); i++) {
                if (!isExpected(golden.get(i), JSON.readTree(found.get(i)))) {
                    different.add(golden.get(i) + "\n" + found.get(i));
                }
            }
        }
        assertThat(different).isEmpty();
    }
}
