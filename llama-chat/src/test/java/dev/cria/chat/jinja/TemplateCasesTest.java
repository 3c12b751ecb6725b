package dev.cria.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Small templates; the results are those of Jinja2 3.1.6 in transformers' environment. */
class TemplateCasesTest {
    private static InputStream resource(String name) {
        InputStream stream = TemplateCasesTest.class.getResourceAsStream(name);
        if (stream == null) {
            throw new IllegalStateException(name);
        }
        return stream;
    }

    @Test
    void everySmallTemplateGivesWhatJinja2Gives() throws IOException {
        Map<String, Object> context = TemplateCase.map(TemplateCase.JSON.readTree(resource("context.json")));
        List<String> differences = new ArrayList<>();
        int count = 0;
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(resource("cases.jsonl"), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine(), count++) {
                JsonNode answer = TemplateCase.JSON.readTree(line);
                String difference = new TemplateCase(answer.get("template").textValue(), context, answer).difference();
                if (!difference.isEmpty()) {
                    differences.add(difference);
                }
            }
        }
        assertThat(count).isGreaterThan(350);
        assertThat(differences).isEmpty();
    }
}
