package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.util.Random;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SentencePiece's own answers. */
@NeedsFixtures
class GoldenTokensTest {
    /** The vocabulary as a GGUF file carries it: without the request to collapse spaces. */
    private static Tokenizer asFromGguf(Tokenizer tokenizer) {
        Vocabulary v = tokenizer.vocabulary();
        return Tokenizer.of(new Vocabulary(v.pieces(), v.bos(), v.eos(), v.unknown(), v.addBos(), v.addEos(),
                SpacePrefix.EACH, false, v.unknownSurface()));
    }

    @ParameterizedTest
    @CsvSource({"llama2-tokenizer.model, llama2-32k", "tok512.model, tok512"})
    void encodesAndDecodesLikeSentencePiece(String model, String cases, Fixtures fixtures) {
        Tokenizer tokenizer = Tokenizer.load(fixtures.path("models/" + model));
        Tokenizer gguf = asFromGguf(tokenizer);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode c : fixtures.jsonLines("tokenizer/" + cases + ".encode.jsonl")) {
            String text = c.get("text").textValue();
            int[] ids = Fixtures.ints(c.get("ids_sentencepiece"));
            softly.assertThat(tokenizer.encode(text)).as("encode %s", c).isEqualTo(ids);
            softly.assertThat(gguf.encode(text)).as("encode from GGUF %s", c)
                    .isEqualTo(Fixtures.ints(c.get("ids_llamacpp")));
            softly.assertThat(tokenizer.decode(ids)).as("decode %s", c).isEqualTo(c.get("decoded").textValue());
            if (c.has("ids_llamacpp_parse_special")) {
                softly.assertThat(gguf.encodeWithSpecialTokens(text)).as("special %s", c)
                        .isEqualTo(Fixtures.ints(c.get("ids_llamacpp_parse_special")));
            }
        }
        softly.assertAll();
    }

    @ParameterizedTest
    @CsvSource({"llama2-tokenizer.model, llama2-32k", "tok512.model, tok512"})
    void decodesAnyIdsLikeSentencePiece(String model, String cases, Fixtures fixtures) {
        Tokenizer tokenizer = Tokenizer.load(fixtures.path("models/" + model));
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode c : fixtures.jsonLines("tokenizer/" + cases + ".decode.jsonl")) {
            softly.assertThat(tokenizer.decode(Fixtures.ints(c.get("ids")))).as("%s", c)
                    .isEqualTo(c.get("text_sentencepiece").textValue());
        }
        softly.assertAll();
    }

    @Test
    void theLawsHoldForLlama2sVocabulary(Fixtures fixtures) {
        TokenizerLaws laws = new TokenizerLaws(Tokenizer.load(fixtures.path("models/llama2-tokenizer.model")));
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            int end = new int[]{0x80, 0x3000, 0x110000}[i % 3];
            String text = random.ints(random.nextInt(80), 0, end)
                    .filter(c -> Character.getType(c) != Character.SURROGATE && c != 0x2581)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
            laws.decodingReversesEncoding(text);
            laws.aContinuationJoinsToTheWhole(text, random.nextInt(101));
            laws.streamedPiecesJoinToTheWholeAndNeverSplitACharacter(random.ints(random.nextInt(60), 0, 32_000)
                    .toArray());
        }
        String word = random.ints(200_000, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        laws.decodingReversesEncoding(word);
    }

    @Test
    void neverMakesControlTokensFromText(Fixtures fixtures) {
        Tokenizer tokenizer = Tokenizer.load(fixtures.path("models/llama2-tokenizer.model"));
        assertThat(tokenizer.encode("<s></s><unk>")).doesNotContain(0, 1, 2);
        assertThat(tokenizer.encodeWithSpecialTokens("<s>hi</s>")).startsWith(1).endsWith(2);
    }
}
