package dev.cria.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.error.UnsupportedSchemaException;
import dev.cria.grammar.regular.CharSet;
import dev.cria.grammar.regular.PatternReader;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Reads what schemas ask for as shapes. */
final class SchemaReader {
    /** Larger minima and maxima of items, members and characters are refused where they have to be counted. */
    private static final int LARGEST_COUNT = 100_000;
    private static final int MOST_DIGITS = 400;
    private static final int MOST_NAME_CLASSES = 64;
    private static final int DEEPEST_COMPARISON = 4;

    private final SchemaDocument document;
    private final boolean lenient;
    private final Shapes shapes;
    private final Map<Location, List<Shape>> known = new HashMap<>();
    private final Set<Location> underWay = new LinkedHashSet<>();
    private final Set<String> warnings = new LinkedHashSet<>();

    SchemaReader(SchemaDocument document, boolean lenient, Shapes shapes) {
        this.document = document;
        this.lenient = lenient;
        this.shapes = shapes;
    }

    /** {@return what was left out} */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** {@return the shapes that a value may have} */
    List<Shape> read(Requirements requirements) {
        List<Shape> result = Shape.ANY;
        for (Requirements.Part part : requirements.parts()) {
            result = shapes.both(result, switch (part) {
                case Requirements.Never _ -> List.of();
                case Requirements.Value value -> {
                    List<Shape> equal = equalTo(value.value());
                    yield value.negated() ? complement(equal, "enum", "") : equal;
                }
                case Requirements.Schema schema -> {
                    List<Shape> allowed = read(schema.location());
                    yield schema.negated() ? complement(allowed, "not", schema.location().pointer()) : allowed;
                }
            });
        }
        return result;
    }

    private List<Shape> complement(List<Shape> allowed, String keyword, String pointer) {
        try {
            return shapes.not(allowed);
        } catch (Shapes.NoComplementException e) {
            throw new UnsupportedSchemaException(keyword, pointer, reason(e));
        }
    }

    private List<Shape> read(Location at) {
        List<Shape> result = known.get(at);
        if (result != null) {
            return result;
        }
        if (!underWay.add(at)) {
            throw new UnsupportedSchemaException("$ref", at.pointer(),
                    "the schema refers to itself with nothing between");
        }
        try {
            result = readNew(document.at(at));
        } finally {
            underWay.remove(at);
        }
        known.put(at, result);
        return result;
    }

    private List<Shape> readNew(Location at) {
        JsonNode node = at.node();
        if (node.isBoolean()) {
            return node.asBoolean() ? Shape.ANY : List.of();
        }
        if (!node.isObject()) {
            throw malformed(at, "", "an object, true or false");
        }
        if (node.has("$ref") && node.get("$ref").isTextual() && document.isLegacy()) {
            return read(document.resolve(at, node.get("$ref").asText()));
        }
        List<Shape> result = Shape.ANY;
        // The schema's own members come before those of schemas in it.
        List<String> keywords = new ArrayList<>(List.of("properties"));
        node.fieldNames().forEachRemaining(name -> {
            if (!name.equals("properties")) {
                keywords.add(name);
            }
        });
        for (String keyword : keywords) {
            if (!node.has(keyword)) {
                continue;
            }
            try {
                result = shapes.both(result, keyword(at, keyword, node.get(keyword)));
            } catch (UnsupportedSchemaException e) {
                if (!lenient) {
                    throw e;
                }
                warnings.add(reason(e));
            }
        }
        return result;
    }

    private static String reason(Exception e) {
        return Objects.requireNonNull(e.getMessage());
    }

    private UnsupportedSchemaException unsupported(Location at, String keyword, String reason) {
        return new UnsupportedSchemaException(keyword, at.pointer() + "/" + Location.escaped(keyword), reason);
    }

    private static GrammarException malformed(Location at, String keyword, String expected) {
        return new GrammarException("JSON schema, #" + at.pointer() + (keyword.isEmpty() ? "" : "/" + keyword)
                + ": expected " + expected);
    }

    /** What one keyword allows; those that others are read with allow everything. */
    private List<Shape> keyword(Location at, String keyword, JsonNode value) {
        return switch (keyword) {
            case "$ref" -> value.isTextual() ? read(document.resolve(at, value.asText())) : Shape.ANY;
            case "$dynamicRef", "$recursiveRef" ->
                throw unsupported(at, keyword, "dynamic references are not followed");
            case "type" -> types(at, value);
            case "enum" -> {
                if (!value.isArray()) {
                    throw malformed(at, keyword, "an array");
                }
                yield Shapes.either(value.valueStream().map(this::equalTo).toList());
            }
            case "const" -> equalTo(value);
            case "allOf" -> {
                List<Shape> all = Shape.ANY;
                for (Location part : parts(at, keyword)) {
                    all = shapes.both(all, read(part));
                }
                yield all;
            }
            case "anyOf" -> Shapes.either(parts(at, keyword).stream().map(this::read).toList());
            case "oneOf" -> oneOf(at);
            case "not" -> not(at);
            case "if" -> condition(at);
            case "dependencies", "dependentRequired", "dependentSchemas" -> dependencies(at, keyword);
            case "minimum" -> numbers(Numbers.atLeast(decimal(at, keyword), at.node().path("exclusiveMinimum")
                    .asBoolean(false)));
            case "maximum" -> numbers(Numbers.atMost(decimal(at, keyword), at.node().path("exclusiveMaximum")
                    .asBoolean(false)));
            case "exclusiveMinimum" -> value.isBoolean()
                    ? Shape.ANY
                    : numbers(Numbers.atLeast(decimal(at, keyword), true));
            case "exclusiveMaximum" -> value.isBoolean()
                    ? Shape.ANY
                    : numbers(Numbers.atMost(decimal(at, keyword), true));
            case "multipleOf", "divisibleBy" -> numbers(Numbers.multipleOf(decimal(at, keyword))
                    .orElseThrow(() -> unsupported(at, keyword, "expected a positive number of at most 12 digits")));
            case "minLength" -> length(Math.min(count(at, keyword), LARGEST_COUNT + 1), Regex.UNLIMITED, at, keyword);
            case "maxLength" -> {
                int most = count(at, keyword);
                yield length(0, most, at, keyword);
            }
            case "pattern" -> texts(pattern(at, keyword, value.asText()));
            case "format" -> format(at, value.asText());
            case "items", "prefixItems" -> items(at, keyword);
            case "minItems" -> only(new Shape.Array(List.of(), Requirements.NONE, count(at, keyword),
                    Regex.UNLIMITED, List.of()));
            case "maxItems" -> only(new Shape.Array(List.of(), Requirements.NONE, 0, count(at, keyword), List.of()));
            case "contains" -> contains(at);
            case "uniqueItems" -> uniqueItems(at, value);
            case "properties", "patternProperties", "additionalProperties" -> members(at, keyword);
            case "propertyNames" -> propertyNames(at);
            case "required" -> required(at, value);
            case "minProperties" -> only(new Shape.Members(Map.of(), Shape.Members.ANY.others(), Set.of(),
                    count(at, keyword), Regex.UNLIMITED));
            case "maxProperties" -> only(new Shape.Members(Map.of(), Shape.Members.ANY.others(), Set.of(), 0,
                    count(at, keyword)));
            case "unevaluatedProperties", "unevaluatedItems" -> {
                if ((value.isBoolean() && value.asBoolean()) || (value.isObject() && value.isEmpty())) {
                    yield Shape.ANY;
                }
                throw unsupported(at, keyword, "what other schemas have evaluated is not followed");
            }
            case "extends", "disallow" -> throw unsupported(at, keyword, "it belongs to draft 3");
            default -> Shape.ANY;
        };
    }

    /** Values of other types, and those of one shape. */
    private static List<Shape> only(Shape shape) {
        List<Shape> result = new ArrayList<>(
                Shape.ANY.stream().filter(other -> other.getClass() != shape.getClass()).toList());
        result.add(shape);
        return result;
    }

    private static List<Shape> numbers(Regex numbers) {
        return only(new Shape.Numeric(numbers, false));
    }

    private static List<Shape> texts(Regex content) {
        return only(new Shape.Text(content));
    }

    private List<Shape> length(int min, int max, Location at, String keyword) {
        if (min > LARGEST_COUNT) {
            throw unsupported(at, keyword, "expected at most " + LARGEST_COUNT);
        }
        return max == Regex.UNLIMITED && min == 0
                ? Shape.ANY
                : texts(Regex.repeat(TextEncoding.JSON_STRING.of(CharSet.ALL), min, max));
    }

    private static List<Location> parts(Location at, String keyword) {
        JsonNode node = at.node().get(keyword);
        if (!node.isArray() || node.isEmpty()) {
            throw malformed(at, keyword, "an array of schemas");
        }
        List<Location> parts = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            parts.add(at.child(keyword, i));
        }
        return parts;
    }

    private static BigDecimal decimal(Location at, String keyword) {
        JsonNode node = at.node().get(keyword);
        if (!node.isNumber()) {
            throw malformed(at, keyword, "a number");
        }
        BigDecimal value = node.decimalValue().stripTrailingZeros();
        if (Math.abs((long) value.scale()) > MOST_DIGITS || value.precision() > MOST_DIGITS) {
            throw new UnsupportedSchemaException(keyword, at.pointer() + "/" + keyword,
                    "expected a number of at most " + MOST_DIGITS + " digits");
        }
        return value;
    }

    private static int count(Location at, String keyword) {
        BigDecimal value = decimal(at, keyword);
        if (value.signum() < 0 || value.scale() > 0) {
            throw malformed(at, keyword, "a whole number from 0");
        }
        return value.min(BigDecimal.valueOf(Regex.UNLIMITED)).intValueExact();
    }

    private List<Shape> types(Location at, JsonNode value) {
        List<Shape> result = new ArrayList<>();
        for (JsonNode type : value.isArray() ? value : List.of(value)) {
            switch (type.asText()) {
                case "null" -> result.add(new Shape.Null());
                case "boolean" -> result.add(new Shape.Bool(true, true));
                case "number" -> result.add(Shape.Numeric.ANY);
                case "integer" -> result.add(new Shape.Numeric(Numbers.WHOLE, true));
                case "string" -> result.add(Shape.Text.ANY);
                case "array" -> result.add(Shape.Array.ANY);
                case "object" -> result.add(Shape.Members.ANY);
                default -> throw malformed(at, "type",
                        "null, boolean, number, integer, string, array or object, found " + type);
            }
        }
        return Shapes.either(List.of(result));
    }

    private List<Shape> equalTo(JsonNode value) {
        return List.of(switch (value.getNodeType()) {
            case NULL -> new Shape.Null();
            case BOOLEAN -> new Shape.Bool(value.asBoolean(), !value.asBoolean());
            case NUMBER -> {
                BigDecimal number = value.decimalValue().stripTrailingZeros();
                if (Math.abs((long) number.scale()) > MOST_DIGITS || number.precision() > MOST_DIGITS) {
                    throw new GrammarException("JSON schema: expected numbers of at most " + MOST_DIGITS
                            + " digits, found " + value);
                }
                yield new Shape.Numeric(Numbers.equalTo(number), number.scale() <= 0);
            }
            case ARRAY -> {
                List<Requirements> items = value.valueStream()
                        .map(item -> Requirements.of(new Requirements.Value(item, false))).toList();
                yield new Shape.Array(items, Requirements.NEVER, items.size(), items.size(), List.of());
            }
            case OBJECT -> {
                Map<String, Requirements> named = new LinkedHashMap<>();
                value.properties().forEach(entry -> named.put(entry.getKey(),
                        Requirements.of(new Requirements.Value(entry.getValue(), false))));
                yield new Shape.Members(named, List.of(), new LinkedHashSet<>(named.keySet()), 0, Regex.UNLIMITED);
            }
            default -> new Shape.Text(TextEncoding.JSON_STRING.literal(value.asText()));
        });
    }

    private List<Shape> oneOf(Location at) {
        List<List<Shape>> branches = parts(at, "oneOf").stream().map(this::read).toList();
        List<List<Shape>> alone = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            List<Shape> branch = branches.get(i);
            for (int j = 0; j < branches.size(); j++) {
                if (i != j && !isEmpty(shapes.both(branches.get(i), branches.get(j)), 0)) {
                    try {
                        branch = shapes.both(branch, shapes.not(branches.get(j)));
                    } catch (Shapes.NoComplementException e) {
                        throw unsupported(at, "oneOf", "the schemas " + Math.min(i, j) + " and " + Math.max(i, j)
                                + " may both match: " + reason(e));
                    }
                }
            }
            alone.add(branch);
        }
        return Shapes.either(alone);
    }

    /** Whether surely no value has one of the shapes. */
    private boolean isEmpty(List<Shape> list, int depth) {
        return list.stream().allMatch(shape -> isEmpty(shape, depth));
    }

    private boolean isEmpty(Shape shape, int depth) {
        if (depth > DEEPEST_COMPARISON) {
            return false;
        }
        return switch (shape) {
            case Shape.Null _,Shape.Bool _ -> false;
            case Shape.Numeric number -> shapes.isEmpty(number.numbers());
            case Shape.Text text -> shapes.isEmpty(text.content());
            case Shape.Array array -> {
                for (int i = 0; i < Math.min(array.min(), array.first().size() + 1); i++) {
                    if (allowsNothing(array.item(i), depth + 1)) {
                        yield true;
                    }
                }
                yield array.contained().stream().anyMatch(item -> array.first().isEmpty()
                        && allowsNothing(item.and(array.rest()), depth + 1));
            }
            case Shape.Members members -> members.required().stream()
                    .anyMatch(name -> allowsNothing(shapes.value(members, name), depth + 1));
        };
    }

    private boolean allowsNothing(Requirements requirements, int depth) {
        if (requirements.parts().stream()
                .anyMatch(part -> part instanceof Requirements.Schema s && underWay.contains(s.location()))) {
            return false;
        }
        try {
            return isEmpty(read(requirements), depth);
        } catch (UnsupportedSchemaException e) {
            return false;
        }
    }

    private List<Shape> not(Location at) {
        try {
            return shapes.not(read(at.child("not")));
        } catch (Shapes.NoComplementException e) {
            throw unsupported(at, "not", reason(e));
        }
    }

    private List<Shape> condition(Location at) {
        if (!at.node().has("then") && !at.node().has("else")) {
            return Shape.ANY;
        }
        List<Shape> matching = read(at.child("if"));
        List<Shape> then = at.node().has("then") ? read(at.child("then")) : Shape.ANY;
        List<Shape> otherwise = at.node().has("else") ? read(at.child("else")) : Shape.ANY;
        try {
            return Shapes.either(
                    List.of(shapes.both(matching, then), shapes.both(shapes.not(matching), otherwise)));
        } catch (Shapes.NoComplementException e) {
            throw unsupported(at, "if", reason(e));
        }
    }

    private List<Shape> dependencies(Location at, String keyword) {
        JsonNode node = at.node().get(keyword);
        if (!node.isObject()) {
            throw malformed(at, keyword, "an object");
        }
        List<Shape> result = Shape.ANY;
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            String name = entry.getKey();
            Set<String> names = new LinkedHashSet<>(Set.of(name));
            List<Shape> present = Shape.ANY;
            if (entry.getValue().isArray()) {
                entry.getValue().forEach(other -> names.add(other.asText()));
            } else if (entry.getValue().isTextual()) {
                names.add(entry.getValue().asText());
            } else {
                present = read(at.child(keyword, name));
            }
            List<Shape> with = shapes.both(List.of(Shapes.with(names)), present);
            result = shapes.both(result, Shapes.either(List.of(only(Shapes.without(name)), with)));
        }
        return result;
    }

    private Regex pattern(Location at, String keyword, String text) {
        try {
            return PatternReader.read(text).searching(TextEncoding.JSON_STRING);
        } catch (GrammarException e) {
            throw unsupported(at, keyword, reason(e));
        }
    }

    private List<Shape> format(Location at, String name) {
        if (Formats.isUnsupported(name)) {
            throw unsupported(at, "format", "strings of format " + name + " are not a regular language");
        }
        return Formats.named(name).map(SchemaReader::texts).orElse(Shape.ANY);
    }

    private List<Shape> items(Location at, String keyword) {
        JsonNode items = at.node().path("items");
        boolean prefixed = at.node().has("prefixItems") && !document.isLegacy();
        if (keyword.equals("items") == prefixed) {
            // Both are read at prefixItems; drafts up to 7 do not know that.
            return Shape.ANY;
        }
        List<Requirements> first = new ArrayList<>();
        Requirements rest = Requirements.NONE;
        if (prefixed || items.isArray()) {
            String list = prefixed ? "prefixItems" : "items";
            for (int i = 0; i < at.node().get(list).size(); i++) {
                first.add(requirement(at.child(list, i)));
            }
            String others = prefixed ? "items" : "additionalItems";
            if (at.node().has(others)) {
                rest = requirement(at.child(others));
            }
        } else {
            rest = requirement(at.child("items"));
        }
        return only(new Shape.Array(first, rest, 0, Regex.UNLIMITED, List.of()));
    }

    private static Requirements requirement(Location location) {
        JsonNode node = location.node();
        if (node.isBoolean()) {
            return node.asBoolean() ? Requirements.NONE : Requirements.NEVER;
        }
        return node.isObject() && node.isEmpty()
                ? Requirements.NONE
                : Requirements.of(new Requirements.Schema(location, false));
    }

    private List<Shape> contains(Location at) {
        JsonNode least = at.node().path("minContains");
        if (at.node().has("maxContains")) {
            throw unsupported(at, "maxContains", "matching items are not counted");
        }
        if (least.isNumber() && least.decimalValue().signum() == 0) {
            return Shape.ANY;
        }
        if (least.isNumber() && least.decimalValue().compareTo(BigDecimal.ONE) != 0) {
            throw unsupported(at, "minContains", "matching items are not counted");
        }
        return only(new Shape.Array(List.of(), Requirements.NONE, 1, Regex.UNLIMITED,
                List.of(requirement(at.child("contains")))));
    }

    private List<Shape> uniqueItems(Location at, JsonNode value) {
        JsonNode most = at.node().path("maxItems");
        if (!value.asBoolean() || (most.isNumber() && most.decimalValue().compareTo(BigDecimal.ONE) <= 0)) {
            return Shape.ANY;
        }
        throw unsupported(at, "uniqueItems", "items are not compared with each other");
    }

    private List<Shape> required(Location at, JsonNode value) {
        if (!value.isArray()) {
            if (value.isBoolean()) {
                // Draft 3 wrote it so; since draft 4 it says nothing.
                return Shape.ANY;
            }
            throw malformed(at, "required", "an array of names");
        }
        Set<String> names = new LinkedHashSet<>();
        value.forEach(name -> names.add(name.asText()));
        return names.isEmpty() ? Shape.ANY : only(Shapes.with(names));
    }

    /** The three keywords about members belong together; they are read at the first of them. */
    private List<Shape> members(Location at, String keyword) {
        for (String name : new String[]{"properties", "patternProperties", "additionalProperties"}) {
            if (name.equals(keyword)) {
                break;
            }
            if (at.node().has(name)) {
                return Shape.ANY;
            }
        }
        Map<Regex, Requirements> patterns = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : at.node().path("patternProperties").properties()) {
            patterns.merge(pattern(at, "patternProperties", entry.getKey()),
                    requirement(at.child("patternProperties", entry.getKey())), Requirements::and);
        }
        JsonNode additional = at.node().path("additionalProperties");
        Requirements rest = additional.isObject() || additional.isBoolean()
                ? requirement(at.child("additionalProperties"))
                : Requirements.NONE;
        Map<String, Requirements> named = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : at.node().path("properties").properties()) {
            Requirements value = requirement(at.child("properties", entry.getKey()));
            for (Map.Entry<Regex, Requirements> pattern : patterns.entrySet()) {
                if (shapes.contains(pattern.getKey(), entry.getKey())) {
                    value = value.and(pattern.getValue());
                }
            }
            named.put(entry.getKey(), value);
        }
        return only(new Shape.Members(named, others(at, patterns, rest), Set.of(), 0, Regex.UNLIMITED));
    }

    private List<Shape.Others> others(Location at, Map<Regex, Requirements> patterns, Requirements rest) {
        // Names that no pattern matches come first, so that it is known which they are.
        Regex unmatched = JsonTexts.CONTENT;
        List<Shape.Others> matched = new ArrayList<>();
        for (Map.Entry<Regex, Requirements> pattern : patterns.entrySet()) {
            Regex names = pattern.getKey();
            List<Shape.Others> split = new ArrayList<>();
            for (Shape.Others part : matched) {
                add(split, Regex.both(part.names(), names), part.value().and(pattern.getValue()));
                add(split, Regex.both(part.names(), Regex.not(names)), part.value());
            }
            add(split, unmatched.equals(JsonTexts.CONTENT) ? names : Regex.both(unmatched, names), pattern.getValue());
            unmatched = Regex.both(unmatched, Regex.not(names));
            matched = split;
            if (matched.size() > MOST_NAME_CLASSES) {
                throw unsupported(at, "patternProperties", "more than " + MOST_NAME_CLASSES
                        + " combinations of the patterns match a name");
            }
        }
        add(matched, unmatched, rest);
        return List.copyOf(matched);
    }

    private void add(List<Shape.Others> list, Regex names, Requirements value) {
        if (!value.equals(Requirements.NEVER) && !shapes.isEmpty(names)) {
            list.add(new Shape.Others(names, value));
        }
    }

    private List<Shape> propertyNames(Location at) {
        List<Shape.Others> others = new ArrayList<>();
        for (Shape shape : read(at.child("propertyNames"))) {
            if (shape instanceof Shape.Text text) {
                others.add(new Shape.Others(text.content(), Requirements.NONE));
            }
        }
        return only(new Shape.Members(Map.of(), others, Set.of(), 0, Regex.UNLIMITED));
    }
}
