package dev.cria.tokenizer;

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
    private static final TokenizerLaws LAWS = new TokenizerLaws(small());

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

    @Property
    void decodingReversesEncodingForAnyText(@ForAll("texts") String text) {
        LAWS.decodingReversesEncoding(text);
    }

    @Property
    void decodingReversesEncodingForOrdinaryText(@ForAll("plainTexts") String text) {
        Assume.that(text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff));
        LAWS.decodingReversesEncoding(text);
    }

    @Property
    void streamedPiecesJoinToTheWholeAndNeverSplitACharacter(
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 270) Integer> ids) {
        LAWS.streamedPiecesJoinToTheWholeAndNeverSplitACharacter(ids.stream().mapToInt(i -> i).toArray());
    }

    @Property
    void aContinuationJoinsToTheWhole(@ForAll("plainTexts") String text, @ForAll @IntRange(max = 100) int percent) {
        LAWS.aContinuationJoinsToTheWhole(text, percent);
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
        LAWS.decodingReversesEncoding(word.toString());
        LAWS.decodingReversesEncoding(text.toString());
    }
}
