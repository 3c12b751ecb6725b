package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Texts of many kinds in the vocabulary of the tiny model, and ids of many kinds. */
class GoldenTextsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Tokenizer TINY = Tokenizer.load(Golden.file("tokenizer/tiny.model"));

    @Test
    void textsHaveTheIdsOfTheGoldenData() throws IOException {
        NaiveTokenizer naive = new NaiveTokenizer(TINY.vocabulary());
        StringBuilder lines = new StringBuilder();
        for (String line : Golden.lines("tokenizer/texts.jsonl")) {
            String text = JSON.readTree(line).get("text").textValue();
            int[] ids = TINY.encode(text);
            assertThat(ids).as(text).isEqualTo(naive.encode(text));
            ObjectNode found = JSON.createObjectNode().put("text", text).putPOJO("ids", ids);
            lines.append(found.putPOJO("special", TINY.encodeWithSpecialTokens(text)).put("decoded", TINY.decode(ids)))
                    .append('\n');
        }
        Golden.check("tokenizer/texts.jsonl", lines.toString());
    }

    @Test
    void idsHaveTheTextsOfTheGoldenData() throws IOException {
        NaiveTokenizer naive = new NaiveTokenizer(TINY.vocabulary());
        StringBuilder lines = new StringBuilder();
        for (String line : Golden.lines("tokenizer/ids.jsonl")) {
            JsonNode ids = JSON.readTree(line).get("ids");
            String text = TINY.decode(Fixtures.ints(ids));
            assertThat(text).as("%s", ids).isEqualTo(naive.decode(Fixtures.ints(ids)));
            ObjectNode found = JSON.createObjectNode();
            found.set("ids", ids);
            lines.append(found.put("text", text)).append('\n');
        }
        Golden.check("tokenizer/ids.jsonl", lines.toString());
    }
}
