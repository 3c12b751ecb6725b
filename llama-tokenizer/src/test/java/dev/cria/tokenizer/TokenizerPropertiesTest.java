package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.golden.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class TokenizerPropertiesTest {
    private static final Tokenizer TINY = Tokenizer.load(Golden.file("tokenizer/tiny.model"));
    private static final List<TokenizerLaws> LAWS = List.of(new TokenizerLaws(TINY), new TokenizerLaws(small()));

    /** A vocabulary of bytes and a few pieces. */
    private static Tokenizer small() {
        List<Vocabulary.Piece> pieces = new ArrayList<>();
        pieces.add(new Vocabulary.Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Vocabulary.Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Vocabulary.Piece("</s>", 0, TokenType.CONTROL));
        for (int i = 0; i < 256; i++) {
            pieces.add(new Vocabulary.Piece("<0x%02X>".formatted(i), 0, TokenType.BYTE));
        }
        int score = 0;
        for (String text : "▁ e t a b c ab abc ▁a ▁t ▁▁ é ▁ab".split(" ")) {
            pieces.add(new Vocabulary.Piece(text, score--, TokenType.NORMAL));
        }
        return Tokenizer.of(new Vocabulary(pieces, 1, 2, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE));
    }

    /** Any Unicode text, but for U+2581, which stands for a space in pieces and comes back as one. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.integers().between(0, 0x10ffff)
                .filter(c -> (c < 0xd800 || c > 0xdfff) && c != 0x2581).map(Character::toString).list().ofMaxSize(60)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<String> plainTexts() {
        return Arbitraries.strings().withChars("abc tée\n\t  <s>/▂😀").ofMaxLength(80);
    }

    /** Pieces of the vocabulary and other characters, so that many ways to join them compete. */
    @Provide
    Arbitrary<String> piecesAndOthers() {
        List<String> pieces = TINY.vocabulary().pieces().stream()
                .filter(piece -> piece.type() == TokenType.NORMAL).map(piece -> piece.text().replace('\u2581', ' '))
                .toList();
        return Arbitraries.oneOf(Arbitraries.of(pieces), Arbitraries.strings().withChars(" aeinst .\u2581é日😀\ud800<0>")
                .ofMaxLength(4)).list().ofMaxSize(12).map(parts -> String.join("", parts));
    }

    @Property
    void textHasTheIdsThatTheAlgorithmGivesAsItIsDescribed(@ForAll("piecesAndOthers") String text) {
        assertThat(TINY.encode(text)).isEqualTo(new NaiveTokenizer(TINY.vocabulary()).encode(text));
    }

    @Property
    void idsHaveTheTextThatTheirPiecesHave(@ForAll @Size(max = 40) List<@IntRange(max = 2047) Integer> ids) {
        int[] tokens = ids.stream().mapToInt(i -> i % 3 == 0 ? i % 270 : i).toArray();
        assertThat(TINY.decode(tokens)).isEqualTo(new NaiveTokenizer(TINY.vocabulary()).decode(tokens));
    }

    @Property
    void decodingReversesEncodingForAnyText(@ForAll("texts") String text) {
        LAWS.forEach(laws -> laws.decodingReversesEncoding(text));
    }

    @Property
    void decodingReversesEncodingForOrdinaryText(@ForAll("plainTexts") String text) {
        Assume.that(text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff));
        LAWS.forEach(laws -> laws.decodingReversesEncoding(text));
    }

    @Property
    void streamedPiecesJoinToTheWholeAndNeverSplitACharacter(
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 270) Integer> ids) {
        int[] tokens = ids.stream().mapToInt(i -> i).toArray();
        LAWS.forEach(laws -> laws.streamedPiecesJoinToTheWholeAndNeverSplitACharacter(tokens));
    }

    @Property
    void aContinuationJoinsToTheWhole(@ForAll("plainTexts") String text, @ForAll @IntRange(max = 100) int percent) {
        LAWS.forEach(laws -> laws.aContinuationJoinsToTheWhole(text, percent));
    }

    @net.jqwik.api.Example
    void aWordOfTwoHundredThousandLettersAndAMegabyteOfTextAreNoTrouble() {
        Random random = new Random(1);
        StringBuilder word = new StringBuilder();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        while (text.length() < 1_000_000) {
            text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(5) == 0 ? " " : "e");
        }
        LAWS.forEach(laws -> {
            laws.decodingReversesEncoding(word.toString());
            laws.decodingReversesEncoding(text.toString());
        });
    }
}
