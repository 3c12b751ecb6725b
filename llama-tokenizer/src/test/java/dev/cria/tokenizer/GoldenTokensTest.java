package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SentencePiece's own answers. */
class GoldenTokensTest {
    private static final Path FIXTURES = Path.of(System.getProperty("cria.fixtures", "../../shared/fixtures"));

    static Path fixture(String name) {
        Path path = FIXTURES.resolve(name);
        assumeTrue(Files.exists(path), () -> "golden data " + path + " is missing; set -Dcria.fixtures=DIRECTORY");
        return path;
    }

    static Tokenizer llama2() {
        return Tokenizer.load(fixture("models/llama2-tokenizer.model"));
    }

    private static List<JsonNode> lines(String name) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(fixture("tokenizer/" + name))) {
            nodes.add(json.readTree(line));
        }
        return nodes;
    }

    private static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = array.get(i).intValue();
        }
        return ints;
    }

    /** The vocabulary as a GGUF file carries it: without the request to collapse spaces. */
    private static Tokenizer asFromGguf(Tokenizer tokenizer) {
        Vocabulary v = tokenizer.vocabulary();
        return Tokenizer.of(new Vocabulary(v.pieces(), v.bos(), v.eos(), v.unknown(), v.addBos(), v.addEos(),
                SpacePrefix.EACH, false, v.unknownSurface()));
    }

    @ParameterizedTest
    @CsvSource({"llama2-tokenizer.model, llama2-32k", "tok512.model, tok512"})
    void encodesAndDecodesLikeSentencePiece(String model, String cases) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(fixture("models/" + model));
        Tokenizer gguf = asFromGguf(tokenizer);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode c : lines(cases + ".encode.jsonl")) {
            String text = c.get("text").textValue();
            int[] ids = ints(c.get("ids_sentencepiece"));
            softly.assertThat(tokenizer.encode(text)).as("encode %s", c).isEqualTo(ids);
            softly.assertThat(gguf.encode(text)).as("encode from GGUF %s", c).isEqualTo(ints(c.get("ids_llamacpp")));
            softly.assertThat(tokenizer.decode(ids)).as("decode %s", c).isEqualTo(c.get("decoded").textValue());
            if (c.has("ids_llamacpp_parse_special")) {
                softly.assertThat(gguf.encodeWithSpecialTokens(text)).as("special %s", c)
                        .isEqualTo(ints(c.get("ids_llamacpp_parse_special")));
            }
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @CsvSource({"llama2-tokenizer.model, llama2-32k", "tok512.model, tok512"})
    void decodesAnyIdsLikeSentencePiece(String model, String cases) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(fixture("models/" + model));
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode c : lines(cases + ".decode.jsonl")) {
            softly.assertThat(tokenizer.decode(ints(c.get("ids")))).as("%s", c)
                    .isEqualTo(c.get("text_sentencepiece").textValue());
        }
        softly.assertAll();
    }

    @Test
    void neverMakesControlTokensFromText() {
        Tokenizer tokenizer = llama2();
        assertThat(tokenizer.encode("<s></s><unk>")).doesNotContain(0, 1, 2);
        assertThat(tokenizer.encodeWithSpecialTokens("<s>hi</s>")).startsWith(1).endsWith(2);
    }
}
