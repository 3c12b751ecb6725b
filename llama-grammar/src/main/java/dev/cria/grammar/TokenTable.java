package dev.cria.grammar;

import dev.cria.grammar.mask.GrammarTokens;
import dev.cria.grammar.mask.TokenIndex;
import dev.cria.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A vocabulary arranged for masks: made once for a model, some tens of milliseconds for 32,000 tokens, and shared by
 * all its requests. It keeps the grammars that were used last in compiled form. Thread-safe.
 */
public final class TokenTable {
    private static final int MOST_GRAMMARS = 64;

    private final List<byte[]> bytes;
    private final int[] ends;
    private final TokenIndex index;
    private final Map<Grammar, GrammarTokens> compiled = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Grammar, GrammarTokens> eldest) {
            return size() > MOST_GRAMMARS;
        }
    };

    private TokenTable(List<byte[]> bytes, int[] ends) {
        this.bytes = bytes;
        this.ends = ends;
        this.index = new TokenIndex(bytes);
    }

    /**
     * {@return the tokens of a vocabulary; its EOS ends a text}
     *
     * @param vocabulary tokens as SentencePiece has them: U+2581 is a space, byte tokens are one byte, control tokens
     *        and those that are not to be used are never allowed
     */
    public static TokenTable of(Vocabulary vocabulary) {
        List<byte[]> bytes = new ArrayList<>(vocabulary.size());
        for (Vocabulary.Piece piece : vocabulary.pieces()) {
            bytes.add(switch (piece.type()) {
                case NORMAL, USER_DEFINED -> piece.text().replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
                case BYTE -> new byte[]{(byte) Integer.parseInt(piece.text(), 3, 5, 16)};
                case CONTROL, UNKNOWN, UNUSED -> new byte[0];
            });
        }
        return new TokenTable(bytes, new int[]{vocabulary.eos()});
    }

    /**
     * {@return the tokens of any vocabulary}
     *
     * @param bytes the bytes of each token; none for tokens that are no text, which are never allowed
     * @param ends the tokens that end a text
     * @throws IllegalArgumentException if there is no token that ends a text, or one is not of the vocabulary
     */
    public static TokenTable of(List<byte[]> bytes, int... ends) {
        if (ends.length == 0 || Arrays.stream(ends).anyMatch(end -> end < 0 || end >= bytes.size())) {
            throw new IllegalArgumentException("expected tokens that end a text among the " + bytes.size()
                    + " tokens from 0, found " + Arrays.toString(ends));
        }
        List<byte[]> copy = new ArrayList<>(bytes.stream().map(byte[]::clone).toList());
        for (int end : ends) {
            copy.set(end, new byte[0]);
        }
        return new TokenTable(copy, ends.clone());
    }

    /**
     * {@return a grammar bound to this vocabulary, at the beginning of a text}
     *
     * @param grammar what the text must match; compiled on its first use
     */
    public Constraint constrain(Grammar grammar) {
        GrammarTokens tokens;
        synchronized (compiled) {
            tokens = compiled.computeIfAbsent(grammar, key -> new GrammarTokens(index, key.network()));
        }
        return new Constraint(this, tokens);
    }

    /** {@return the number of tokens} */
    public int size() {
        return index.size();
    }

    byte[] bytes(int token) {
        return bytes.get(token);
    }

    boolean isEnd(int token) {
        for (int end : ends) {
            if (end == token) {
                return true;
            }
        }
        return false;
    }

    void markEnds(Mask mask) {
        for (int end : ends) {
            mask.add(end);
        }
    }
}
