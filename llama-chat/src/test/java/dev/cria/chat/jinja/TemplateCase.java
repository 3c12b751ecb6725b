package dev.cria.chat.jinja;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.chat.TemplateException.Kind;
import dev.cria.chat.TemplateException;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A template, what it is given, and what Jinja2 makes of it: a text, or an error of a kind.
 *
 * @param template text of the template
 * @param context what it is given
 * @param answer a JSON object with {@code expected}, or {@code error} and {@code message}
 */
record TemplateCase(String template, Map<String, Object> context, JsonNode answer) {
    /** The time that the expected results were made at. */
    static final LocalDateTime NOW = LocalDateTime.of(2025, 3, 9, 8, 5, 7);

    static final ObjectMapper JSON = new ObjectMapper();

    static Map<String, Object> map(JsonNode object) {
        return JSON.convertValue(object, new TypeReference<LinkedHashMap<String, Object>>() {
        });
    }

    /** {@return what is wrong, nothing if all is as expected} */
    String difference() {
        String wanted = answer.has("expected")
                ? "text " + answer.get("expected").textValue()
                : "error " + answer.get("error").textValue();
        String got = result();
        boolean same = got.equals(wanted)
                || got.equals("text " + answer.path("expected_without_markup").asText("none"));
        return same ? "" : template + "\n  wanted " + wanted + "\n  got    " + got + "\n";
    }

    private String result() {
        try {
            return "text " + Program.parse(template).run(context, NOW);
        } catch (TemplateException e) {
            if (e.kind() == Kind.RAISED && !answer.path("message").asText("").equals(e.getMessage())) {
                return "error raised: " + e.getMessage();
            }
            String wanted = answer.path("error").asText("none");
            // what the sandbox forbids and what fails otherwise count as one kind
            boolean forbids = e.kind() == Kind.SECURITY || e.kind() == Kind.RUNTIME;
            return "error " + (forbids && (wanted.equals("security") || wanted.equals("runtime"))
                    ? wanted
                    : e.kind().name().toLowerCase(Locale.ROOT));
        }
    }
}
