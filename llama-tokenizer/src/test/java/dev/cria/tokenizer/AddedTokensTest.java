package dev.cria.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddedTokensTest {
    private static final List<String> BASE = List.of("▁", "a", "b", "c", "▁a", "▁b", "ab", "▁ab", "<", ">", "x");

    /** Bytes, some letters, and added tokens, which are named in the tests by their texts. */
    private static Tokenizer tokenizer(SpacePrefix prefix, String... added) {
        List<Vocabulary.Piece> pieces = new ArrayList<>();
        pieces.add(new Vocabulary.Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Vocabulary.Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Vocabulary.Piece("</s>", 0, TokenType.CONTROL));
        for (int i = 0; i < 256; i++) {
            pieces.add(new Vocabulary.Piece("<0x%02X>".formatted(i), 0, TokenType.BYTE));
        }
        int score = 0;
        for (String text : BASE) {
            pieces.add(new Vocabulary.Piece(text, score--, TokenType.NORMAL));
        }
        for (String text : added) {
            pieces.add(new Vocabulary.Piece(text, -1000, TokenType.USER_DEFINED));
        }
        return Tokenizer
                .of(new Vocabulary(pieces, 1, 2, 0, true, false, prefix, false, Vocabulary.DEFAULT_UNKNOWN_SURFACE));
    }

    private static String pieces(Tokenizer tokenizer, int[] ids) {
        return IntStream.of(ids).mapToObj(id -> tokenizer.vocabulary().pieces().get(id).text())
                .collect(Collectors.joining("|"));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        // text, then with a space before each stretch of text, before the first one, and as SentencePiece does it
        "ab,      ▁ab,           ▁ab,          ▁ab",
        "a<x>b,   ▁a|<x>|▁b,     ▁a|<x>|b,     ▁a|<x>|b",
        "<x>b,    <x>|▁b,        <x>|b,        ▁|<x>|b",
        "<x>,     <x>,           <x>,          ▁|<x>",
        "<x><x>b, <x>|<x>|▁b,    <x>|<x>|b,    ▁|<x>|<x>|b",
        "a <x> b, ▁a|▁|<x>|▁|▁b, ▁a|▁|<x>|▁b,  ▁a|▁|<x>|▁b",
        "<y>b,    ▁|<|<0x79>|>|b, ▁|<|<0x79>|>|b, ▁|<|<0x79>|>|b"})
    void aSpaceIsPutWhereTheVocabularySays(String text, String each, String first, String sentencePiece) {
        Tokenizer tokenizer = tokenizer(SpacePrefix.EACH, "<x>");
        assertThat(pieces(tokenizer, tokenizer.encode(text))).isEqualTo(each);
        assertThat(pieces(tokenizer, tokenizer(SpacePrefix.FIRST, "<x>").encode(text))).isEqualTo(first);
        assertThat(pieces(tokenizer, tokenizer(SpacePrefix.TEXT, "<x>").encode(text))).isEqualTo(sentencePiece);
    }

    @Test
    void spacesInATokenAreFoundHoweverTheyAreWritten() {
        Tokenizer plain = tokenizer(SpacePrefix.EACH, "  ", "    ", "a b c");
        assertThat(pieces(plain, plain.encode("a  b"))).isEqualTo("▁a|  |▁b");
        assertThat(pieces(plain, plain.encode("  a    b"))).isEqualTo("  |▁a|    |▁b");
        assertThat(pieces(plain, plain.encode("xa b c"))).isEqualTo("▁|x|a b c");
        Tokenizer escaped = tokenizer(SpacePrefix.EACH, "▁▁", "a▁b▁c", "▁c");
        assertThat(pieces(escaped, escaped.encode("a  b"))).isEqualTo("▁a|▁▁|▁b");
        assertThat(pieces(escaped, escaped.encode("xa b c"))).isEqualTo("▁|x|a▁b▁c");
        assertThat(pieces(escaped, escaped.encode("c"))).as("the prefix is the token's space").isEqualTo("▁c");
    }

    @Test
    void theLongestTokenAtTheFirstPlaceIsFound() {
        Tokenizer tokenizer = tokenizer(SpacePrefix.EACH, "<x", "<x>", "x>>>");
        assertThat(pieces(tokenizer, tokenizer.encode("<x>>>"))).isEqualTo("<x>|▁|>|>");
        assertThat(pieces(tokenizer, tokenizer.encode("<xa"))).isEqualTo("<x|▁a");
    }

    @Test
    void aTextCanBeKeptFromBecomingSomeTokens() {
        Tokenizer tokenizer = tokenizer(SpacePrefix.EACH, "<x", "<x>");
        int mark = tokenizer.idOf("<x>").orElseThrow();
        assertThat(pieces(tokenizer, tokenizer.encode("a<x>b", Set.of(mark)))).isEqualTo("▁a|<x|▁|>|b");
        int other = tokenizer.idOf("<x").orElseThrow();
        assertThat(pieces(tokenizer, tokenizer.encode("a<x>b", Set.of(mark, other)))).isEqualTo("▁a|<|x|>|b");
    }

    @Test
    void mergingNeverMakesAnAddedToken() {
        Tokenizer tokenizer = tokenizer(SpacePrefix.EACH, "abc");
        assertThat(pieces(tokenizer, tokenizer.encode("abc", Set.of(tokenizer.idOf("abc").orElseThrow()))))
                .isEqualTo("▁ab|c");
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("a", "b", "c", " ", "  ", "<x>", "<", "é", "▂").list().ofMaxSize(30)
                .map(parts -> String.join("", parts));
    }

    @Property
    void textWithoutAddedTokensIsEncodedAsIfThereWereNone(@ForAll("texts") String text) {
        Tokenizer with = tokenizer(SpacePrefix.EACH, "<x>", "  ");
        Tokenizer without = tokenizer(SpacePrefix.EACH);
        Set<Integer> added = Set.of(with.idOf("<x>").orElseThrow(), with.idOf("  ").orElseThrow());
        assertThat(with.encode(text, added)).isEqualTo(without.encode(text));
    }

    @Property
    void withOneSpaceBeforeTheTextDecodingReversesEncoding(@ForAll("texts") String text) {
        Tokenizer tokenizer = tokenizer(SpacePrefix.FIRST, "<x>");
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }
}
