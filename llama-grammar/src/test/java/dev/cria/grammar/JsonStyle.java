package dev.cria.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;

/** How JSON is written on one line: as Python's json module does it, without escapes for what is not ASCII. */
enum JsonStyle {
    SPACED(", ", ": "), COMPACT(",", ":");

    private final String comma;
    private final String colon;

    JsonStyle(String comma, String colon) {
        this.comma = comma;
        this.colon = colon;
    }

    String write(JsonNode node) {
        if (node.isObject()) {
            return node.properties().stream().map(entry -> text(entry.getKey()) + colon + write(entry.getValue()))
                    .collect(Collectors.joining(comma, "{", "}"));
        }
        if (node.isArray()) {
            List<JsonNode> items = node.valueStream().toList();
            return items.stream().map(this::write).collect(Collectors.joining(comma, "[", "]"));
        }
        return node.isTextual() ? text(node.asText()) : node.toString();
    }

    private static String text(String text) {
        StringBuilder written = new StringBuilder("\"");
        text.chars().forEach(c -> {
            int letter = "\"\\\b\f\n\r\t".indexOf(c);
            if (letter >= 0) {
                written.append('\\').append("\"\\bfnrt".charAt(letter));
            } else if (c < ' ') {
                written.append("\\u%04x".formatted(c));
            } else {
                written.append((char) c);
            }
        });
        return written.append('"').toString();
    }
}
