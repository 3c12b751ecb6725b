package dev.cria.chat;

import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/**
 * Small vocabularies: bytes, letters, and marks of some type after them. Where that is words, all tokens are, as in
 * files that name no types.
 */
final class Vocabularies {
    private Vocabularies() {}

    /** {@return a tokenizer in which BOS, EOS and the unknown token have their usual texts} */
    static Tokenizer with(TokenType type, String... marks) {
        return with("<s>", "</s>", type, marks);
    }

    static Tokenizer with(String bos, String eos, TokenType type, String... marks) {
        List<Piece> pieces = new ArrayList<>();
        for (String special : List.of("<unk>", bos, eos)) {
            pieces.add(new Piece(special, 0, type == TokenType.NORMAL ? type : TokenType.CONTROL));
        }
        for (int i = 0; i < 256; i++) {
            pieces.add(new Piece("<0x%02X>".formatted(i), 0, TokenType.BYTE));
        }
        pieces.add(new Piece("\u2581", -1, TokenType.NORMAL));
        for (char c = '!'; c <= '~'; c++) {
            pieces.add(new Piece(String.valueOf(c), -1, TokenType.NORMAL));
        }
        for (String mark : marks) {
            pieces.add(new Piece(mark, -1000, type));
        }
        return Tokenizer.of(new Vocabulary(pieces, 1, 2, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE));
    }
}
