package dev.cria.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;

/**
 * A schema and where it stands. Two are equal if they stand at one place.
 *
 * @param node the schema
 * @param pointer JSON pointer to it, in the text of the schema
 * @param base the URI that references in it are relative to
 */
record Location(JsonNode node, String pointer, String base) {
    Location child(String name) {
        return new Location(node.get(name), pointer + "/" + escaped(name), base);
    }

    Location child(String keyword, int index) {
        return new Location(node.get(keyword).get(index), pointer + "/" + keyword + "/" + index, base);
    }

    Location child(String keyword, String name) {
        return new Location(node.get(keyword).get(name), pointer + "/" + keyword + "/" + escaped(name), base);
    }

    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Location other && pointer.equals(other.pointer);
    }

    @Override
    public int hashCode() {
        return Objects.hash(pointer);
    }
}
