package dev.cria.chat;

import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The tokens that a chat template may write, by their texts.
 *
 * @param bos text of the token that begins a sequence, which the template knows as {@code bos_token}
 * @param eos text of the token that ends one, which the template knows as {@code eos_token}
 * @param others texts of the other tokens that the template may write, such as {@code <|im_start|>}
 */
public record SpecialTokens(String bos, String eos, Set<String> others) {
    /** Copies the texts. */
    public SpecialTokens {
        others = Set.copyOf(others);
    }

    /**
     * {@return the tokens of a vocabulary that stand for no text of their own, and those that were added to it; where
     * the file takes all its tokens for words, those that have the form of marks; white space is none of them}
     *
     * @param tokenizer a model's tokenizer
     */
    public static SpecialTokens of(Tokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        boolean hasTypes = vocabulary.pieces().stream().anyMatch(piece -> piece.type() == TokenType.CONTROL);
        Set<String> others = new LinkedHashSet<>();
        for (Vocabulary.Piece piece : vocabulary.pieces()) {
            switch (piece.type()) {
                case CONTROL, UNKNOWN, USER_DEFINED -> {
                    if (!piece.text().replace('\u2581', ' ').isBlank()) {
                        others.add(piece.text());
                    }
                }
                case NORMAL -> {
                    // a word that looks like a mark is written as words are, in one piece with what is around it
                    if (!hasTypes && WrittenMarks.isForm(piece.text())) {
                        others.add(piece.text());
                    }
                }
                case UNUSED, BYTE -> {
                }
            }
        }
        return new SpecialTokens(vocabulary.pieces().get(vocabulary.bos()).text(),
                vocabulary.pieces().get(vocabulary.eos()).text(), others);
    }
}
