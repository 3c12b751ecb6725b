package dev.cria.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.error.RefusedTokenException;
import dev.cria.grammar.error.UnsupportedSchemaException;
import dev.cria.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Grammars, expressions and masks as other engines have them. */
@NeedsFixtures
class GrammarFixturesTest {
    private final TokenTable bytes = Writing.bytes();

    /** What becomes of a text, byte by byte: "accept", "incomplete", or "refuse" and where. */
    private String outcome(Grammar grammar, String text) {
        Constraint constraint = bytes.constrain(grammar);
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < all.length; i++) {
            try {
                constraint.accept(all[i] & 0xFF);
            } catch (RefusedTokenException e) {
                return "refuse " + i;
            }
        }
        return constraint.isComplete() ? "accept" : "incomplete";
    }

    @Test
    void gbnfAcceptsAndRefusesWhatLlamaCppDoes(Fixtures fixtures) {
        for (JsonNode line : fixtures.jsonLines("grammar/gbnf.jsonl")) {
            Grammar grammar = Grammar.gbnf(line.get("grammar").asText());
            for (JsonNode text : line.get("texts")) {
                String expected = text.get("result").asText();
                assertThat(outcome(grammar, text.get("text").asText())).as("%s: %s", line.get("name"), text.get("text"))
                        .isEqualTo(text.has("at") ? expected + " " + text.get("at") : expected);
            }
        }
    }

    @Test
    void brokenGrammarsAreRefusedWithThePlace(Fixtures fixtures) {
        for (JsonNode line : fixtures.jsonLines("grammar/broken.jsonl")) {
            String text = line.get("grammar").asText();
            if (line.get("expect").asText().equals("reject")) {
                assertThatThrownBy(() -> Grammar.gbnf(text)).as("%s", line.get("name"))
                        .isInstanceOf(GrammarException.class).message()
                        .matches("GBNF(, line \\d+, column \\d+(, rule \\S+)?: .*|: expected a rule called root.*)");
            } else {
                try {
                    bytes.constrain(Grammar.gbnf(text)).mask(new Mask(bytes.size()));
                } catch (GrammarException e) {
                    assertThat(e).hasMessageStartingWith("GBNF");
                }
            }
        }
    }

    @Test
    void regularExpressionsMatchWholeTexts(Fixtures fixtures) {
        for (JsonNode line : fixtures.jsonLines("grammar/regex.jsonl")) {
            String pattern = line.get("pattern").asText();
            if (line.has("broken")) {
                assertThatThrownBy(() -> Grammar.regex(pattern)).as(pattern).isInstanceOf(GrammarException.class)
                        .hasMessageStartingWith("regular expression, column ");
                continue;
            }
            Grammar grammar;
            try {
                grammar = Grammar.regex(pattern);
            } catch (GrammarException e) {
                assertThat(line.has("may_be_refused")).as("%s: %s", pattern, e.getMessage()).isTrue();
                continue;
            }
            line.get("accept").forEach(text -> assertThat(outcome(grammar, text.asText())).as("%s: %s", pattern, text)
                    .isEqualTo("accept"));
            line.get("refuse").forEach(text -> assertThat(outcome(grammar, text.asText())).as("%s: %s", pattern, text)
                    .isNotEqualTo("accept"));
        }
    }

    @Test
    void masksOf32000TokensAreExact(Fixtures fixtures) throws Exception {
        checkMasks(fixtures, "models/llama2-tokenizer.model", "grammar/masks-llama2-32k.jsonl");
    }

    @Test
    void masksOf512TokensAreExact(Fixtures fixtures) throws Exception {
        checkMasks(fixtures, "models/tok512.model", "grammar/masks-tok512.jsonl");
    }

    private static void checkMasks(Fixtures fixtures, String model, String file) throws Exception {
        Map<String, Grammar> grammars = new HashMap<>();
        fixtures.jsonLines("grammar/gbnf.jsonl").forEach(
                line -> grammars.put(line.get("name").asText(), Grammar.gbnf(line.get("grammar").asText())));
        Tokenizer tokenizer = Tokenizer.load(fixtures.path(model));
        TokenTable table = TokenTable.of(tokenizer.vocabulary());
        Mask mask = new Mask(table.size());
        for (JsonNode line : fixtures.jsonLines(file)) {
            Constraint constraint = table
                    .constrain(Objects.requireNonNull(grammars.get(line.get("grammar").asText())));
            for (byte b : HexFormat.of().parseHex(line.get("prefix_hex").asText())) {
                constraint.accept(tokenizer.idOf("<0x%02X>".formatted(b & 0xFF)).orElseThrow());
            }
            constraint.mask(mask);
            int[] ids = mask.tokens().toArray();
            ByteBuffer buffer = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
            buffer.asIntBuffer().put(ids);
            String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(buffer.array()));
            assertThat(hash).as("%s after '%s': %d tokens, expected %s", line.get("grammar"), line.get("prefix"),
                    ids.length, line.get("allowed")).isEqualTo(line.get("sha256").asText());
        }
    }

    @Test
    void jsonIsWhatTheStandardSays(Fixtures fixtures) {
        List<String> wrong = new ArrayList<>();
        for (JsonNode line : fixtures.jsonLines("schema/json-texts.jsonl")) {
            boolean accepted = outcome(Grammar.json(), line.get("text").asText()).equals("accept");
            if (accepted != line.get("json").asBoolean()) {
                wrong.add(line.toString());
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void recordsAreWrittenAndEverythingElseIsStopped(Fixtures fixtures) {
        Writing writing = Writing.with(fixtures.path("models/llama2-tokenizer.model"));
        for (JsonNode line : fixtures.jsonLines("schema/records.jsonl")) {
            Grammar grammar;
            try {
                grammar = Grammar.jsonSchema(line.get("schema").toString());
            } catch (UnsupportedSchemaException e) {
                assertThat(e.keyword()).as("%s", line.get("name")).isEqualTo("uniqueItems");
                continue;
            }
            for (JsonNode valid : line.get("valid")) {
                assertThat(writing.write(grammar, JsonStyle.SPACED.write(valid))).as("%s: %s", line.get("name"), valid)
                        .isEqualTo(Writing.Outcome.ACCEPTED);
                assertThat(writing.write(grammar, JsonStyle.COMPACT.write(valid))).as("%s: %s", line.get("name"),
                        valid).isEqualTo(Writing.Outcome.ACCEPTED);
            }
            for (JsonNode invalid : line.get("invalid")) {
                assertThat(writing.write(grammar, JsonStyle.SPACED.write(invalid.get("data"))))
                        .as("%s: %s", line.get("name"), invalid).isNotEqualTo(Writing.Outcome.ACCEPTED);
            }
        }
    }
}
