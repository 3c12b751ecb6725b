package dev.cria.grammar.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.core.JsonFactory;
import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.error.UnsupportedSchemaException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The text of a schema, and what references in it mean. */
final class SchemaDocument {
    private static final int DEEPEST = 200;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build()).build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Keywords whose value is a schema or an array of schemas; identifiers elsewhere are none. */
    private static final Set<String> SCHEMAS = Set.of("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "items",
            "prefixItems", "additionalItems", "contains", "additionalProperties", "propertyNames",
            "unevaluatedItems", "unevaluatedProperties", "contentSchema");
    /** Keywords whose value has schemas by names. */
    private static final Set<String> NAMED_SCHEMAS = Set.of("$defs", "definitions", "properties",
            "patternProperties", "dependentSchemas", "dependencies");

    private final Location root;
    private final boolean legacy;
    /** Schemas that have an identifier, by it. */
    private final Map<String, Location> identified = new HashMap<>();

    private SchemaDocument(JsonNode node) {
        this.root = new Location(node, "", "");
        String dialect = node.path("$schema").asText();
        this.legacy = dialect.contains("draft-03") || dialect.contains("draft-04") || dialect.contains("draft-06")
                || dialect.contains("draft-07");
        identified.put("", root);
        index(node, "", "");
    }

    static SchemaDocument read(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            if (!node.isObject() && !node.isBoolean()) {
                throw new GrammarException("JSON schema: expected an object, true or false, found "
                        + node.getNodeType().toString().toLowerCase(java.util.Locale.ROOT));
            }
            return new SchemaDocument(node);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : ", line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
            throw new GrammarException("JSON schema" + place + ": " + e.getOriginalMessage());
        }
    }

    Location root() {
        return new Location(root.node(), "", baseAt(root.node(), ""));
    }

    /** {@return whether the schema is of a draft up to 7, in which nothing beside $ref counts} */
    boolean isLegacy() {
        return legacy;
    }

    private String baseAt(JsonNode node, String base) {
        JsonNode id = node.has("$id") ? node.get("$id") : node.get("id");
        boolean counts = id != null && id.isTextual() && !(legacy && node.has("$ref"))
                && (node.has("$id") || !id.asText().startsWith("#"));
        return counts ? withoutFragment(resolved(base, id.asText())) : base;
    }

    private void index(JsonNode node, String pointer, String outer) {
        if (node.isObject()) {
            String base = baseAt(node, outer);
            if (!base.equals(outer)) {
                identified.putIfAbsent(base, new Location(node, pointer, base));
            }
            for (String keyword : new String[]{"$anchor", "$id", "id"}) {
                String name = node.path(keyword).asText();
                if (keyword.equals("$anchor") && !name.isEmpty()) {
                    identified.putIfAbsent(base + "#" + name, new Location(node, pointer, base));
                } else if (name.startsWith("#") && name.length() > 1) {
                    identified.putIfAbsent(base + name, new Location(node, pointer, base));
                }
            }
            node.properties().forEach(entry -> {
                String child = pointer + "/" + Location.escaped(entry.getKey());
                if (SCHEMAS.contains(entry.getKey())) {
                    index(entry.getValue(), child, base);
                } else if (NAMED_SCHEMAS.contains(entry.getKey())) {
                    entry.getValue().properties().forEach(named -> index(named.getValue(),
                            child + "/" + Location.escaped(named.getKey()), base));
                }
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                index(node.get(i), pointer + "/" + i, outer);
            }
        }
    }

    /** {@return the schema that a reference at a place means} */
    Location resolve(Location from, String reference) {
        String target = resolved(from.base(), reference);
        Location known = identified.get(target);
        if (known != null) {
            return known;
        }
        int hash = target.indexOf('#');
        Location document = identified.get(hash < 0 ? target : target.substring(0, hash));
        String fragment = hash < 0 ? "" : target.substring(hash + 1);
        if (document == null || (!fragment.isEmpty() && !fragment.startsWith("/"))) {
            throw new UnsupportedSchemaException("$ref", from.pointer() + "/$ref",
                    "there is no schema " + reference + " in this text, and none is fetched");
        }
        return fragment.isEmpty() ? document : follow(from, reference, document, fragment);
    }

    private Location follow(Location from, String reference, Location document, String fragment) {
        Location at = document;
        String[] steps = decoded(fragment).split("/", -1);
        for (int i = 1; i < steps.length; i++) {
            String name = steps[i].replace("~1", "/").replace("~0", "~");
            JsonNode next = at.node().isArray() && name.matches("[0-9]{1,9}")
                    ? at.node().get(Integer.parseInt(name))
                    : at.node().get(name);
            if (next == null) {
                throw new GrammarException("JSON schema, #" + from.pointer() + "/$ref: there is no " + reference);
            }
            at = new Location(next, at.pointer() + "/" + Location.escaped(name), baseAt(next, at.base()));
        }
        return at;
    }

    private static String decoded(String fragment) {
        try {
            return URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return fragment;
        }
    }

    private static String withoutFragment(String uri) {
        int hash = uri.indexOf('#');
        return hash < 0 ? uri : uri.substring(0, hash);
    }

    private static String resolved(String base, String reference) {
        if (reference.startsWith("#")) {
            return reference.equals("#") ? base : base + reference;
        }
        try {
            String target = base.isEmpty() ? reference : URI.create(base).resolve(reference).toString();
            return target.endsWith("#") ? target.substring(0, target.length() - 1) : target;
        } catch (IllegalArgumentException e) {
            return reference;
        }
    }

    Location at(Location location) {
        return new Location(location.node(), location.pointer(), baseAt(location.node(), location.base()));
    }
}
