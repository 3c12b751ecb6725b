package dev.cria.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.error.RefusedTokenException;
import dev.cria.grammar.error.UnsupportedSchemaException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Whatever a sampler prefers, the text matches. */
class GrammarLawsTest {
    private static final String ORDER = """
            {"type": "object", "properties": {
              "id": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{1,3}$", "maxLength": 5},
              "count": {"type": "integer", "minimum": 1, "maximum": 120, "multipleOf": 7},
              "kind": {"enum": ["new", "used", null]},
              "tags": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 3}},
             "required": ["id", "count", "tags"], "additionalProperties": false}
            """;

    @Property(tries = 200)
    void everySamplerWritesWhatTheSchemaAsksFor(@ForAll long seed) throws Exception {
        JsonNode order = new ObjectMapper().readTree(sampled(Grammar.jsonSchema(ORDER), seed));
        assertThat(order.get("id").asText()).matches("[A-Z]{2}-[0-9]{1,2}");
        assertThat(order.get("count").asInt()).isBetween(1, 120);
        assertThat(order.get("count").asInt() % 7).isZero();
        assertThat(order.get("tags").size()).isBetween(1, 3);
        assertThat(List.of("id", "count", "kind", "tags")).containsAll(order.propertyStream()
                .map(java.util.Map.Entry::getKey).toList());
    }

    /** Tokens drawn evenly from the mask, in a vocabulary of bytes and of random texts of several. */
    private static String sampled(Grammar grammar, long seed) {
        Random random = new Random(seed);
        List<byte[]> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[]{(byte) b});
        }
        String letters = "\"{}[],: 0123456789trueAB-idcount";
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = 2 + random.nextInt(5); length > 0; length--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            tokens.add(text.toString().getBytes(StandardCharsets.UTF_8));
        }
        tokens.add(new byte[0]);
        TokenTable table = TokenTable.of(tokens, tokens.size() - 1);
        Constraint constraint = table.constrain(grammar);
        Mask mask = new Mask(table.size());
        while (!constraint.isEnded()) {
            constraint.mask(mask);
            int[] allowed = mask.tokens().toArray();
            for (int probe = 0; probe < 20; probe++) {
                int token = random.nextInt(table.size());
                assertThat(accepts(constraint.fork(), token)).isEqualTo(mask.allows(token));
            }
            constraint.accept(allowed[random.nextInt(allowed.length)]);
        }
        return constraint.text();
    }

    private static boolean accepts(Constraint constraint, int token) {
        try {
            constraint.accept(token);
            return true;
        } catch (RefusedTokenException e) {
            return false;
        }
    }

    @Property(tries = 300)
    void regularExpressionsMatchAsJavaMatchesThem(@ForAll("patterns") String pattern, @ForAll("texts") String text) {
        Constraint constraint = Writing.bytes().constrain(Grammar.regex(pattern));
        boolean alive = true;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            alive = alive && accepts(constraint, b);
        }
        assertThat(alive && constraint.isComplete()).isEqualTo(Pattern.matches(pattern, text));
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("abc").ofMaxLength(6);
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.recursive(() -> Arbitraries.of("a", "b", "c", "[ab]", "[^a]", "."), GrammarLawsTest::larger,
                0, 4);
    }

    private static Arbitrary<String> larger(Arbitrary<String> part) {
        return Arbitraries.oneOf(Combinators.combine(part, part).as((left, right) -> left + right),
                Combinators.combine(part, part).as((left, right) -> "(" + left + "|" + right + ")"),
                part.map(inside -> "(" + inside + ")*"), part.map(inside -> "(" + inside + "){1,3}"));
    }

    @Test
    void whatCanOnlyFollowOneWayIsForced() {
        Constraint constraint = Writing.bytes().constrain(Grammar.choices("maybe not", "maybe so"));
        assertThat(constraint.forcedText()).isEqualTo("maybe ");
        assertThat(constraint.fork().forcedText()).isEqualTo("maybe ");
    }

    @Test
    void forksGoOnAloneAndTokensAreTakenBack() {
        Constraint constraint = Writing.bytes().constrain(Grammar.choices("ab", "cd"));
        Constraint fork = constraint.fork();
        constraint.accept('a');
        fork.accept('c');
        fork.accept('d');
        assertThat(fork.isComplete()).isTrue();
        fork.rollback(2);
        fork.accept('a');
        assertThat(fork.text()).isEqualTo(constraint.text());
    }

    @Test
    void aTokenThatIsNotAllowedIsAnErrorThatSaysWhatWasExpected() {
        Constraint constraint = Writing.bytes().constrain(Grammar.gbnf("root ::= \"a\" [0-9]"));
        constraint.accept('a');
        assertThatThrownBy(() -> constraint.accept('x')).isInstanceOf(RefusedTokenException.class)
                .hasMessage("grammar, after 1 tokens: token 120, 'x', cannot follow; expected as next byte: 0 1 2 3 4 5"
                        + " 6 7 8 9; the text so far ends with: a");
        assertThatThrownBy(() -> constraint.accept(256)).isInstanceOf(RefusedTokenException.class)
                .hasMessageContaining("the text must not end here");
    }

    @Test
    void aFreeTextMayComeBeforeAConstrainedPart() {
        Grammar grammar = Grammar.regex("[^<]*").then(Grammar.gbnf("root ::= \"<yes>\" | \"<no>\""));
        Constraint constraint = Writing.bytes().constrain(grammar);
        for (byte b : "hm <no>".getBytes(StandardCharsets.UTF_8)) {
            constraint.accept(b);
        }
        assertThat(constraint.isComplete()).isTrue();
    }

    @Test
    void whatCannotBeEnforcedIsRefusedByKeywordAndPointer() {
        String schema = "{\"properties\": {\"a/b\": {\"type\": \"array\", \"uniqueItems\": true}}}";
        assertThatThrownBy(() -> Grammar.jsonSchema(schema)).isInstanceOf(UnsupportedSchemaException.class)
                .hasMessage("JSON schema, #/properties/a~1b/uniqueItems: uniqueItems cannot be enforced: items are not "
                        + "compared with each other");
        Grammar lenient = Grammar.jsonSchema(schema, SchemaOptions.DEFAULT.withLenient(true));
        assertThat(lenient.warnings()).hasSize(1).first().asString().contains("uniqueItems");
    }

    @Test
    void hostileSchemasEndWithAnError() {
        String refs = "{\"$ref\": \"#\"}";
        assertThatThrownBy(() -> Grammar.jsonSchema(refs)).isInstanceOf(GrammarException.class);
        StringBuilder oneOf = new StringBuilder("{\"allOf\": [");
        for (int i = 0; i < 40; i++) {
            oneOf.append(i == 0 ? "" : ",").append("{\"anyOf\": [{\"required\": [\"a").append(i)
                    .append("\"]}, {\"required\": [\"b").append(i).append("\"]}]}");
        }
        assertThatThrownBy(() -> Grammar.jsonSchema(oneOf + "]}")).isInstanceOf(GrammarException.class)
                .hasMessageContaining("combinations");
        assertThatThrownBy(() -> Grammar.jsonSchema("[".repeat(100_000))).isInstanceOf(GrammarException.class);
        assertThatThrownBy(() -> Grammar.jsonSchema("{\"type\": \"array\", \"minItems\": 1000000000}"))
                .isInstanceOf(GrammarException.class);
    }
}
