package dev.cria.tokenizer;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Finds tokens that stand in a text as they are: those that were added to a vocabulary, and control tokens. The time
 * for a text does not depend on how many tokens there are.
 *
 * <p>A space and U+2581 count as the same character, in tokens and in texts: files write spaces either way.
 */
final class TokenTrie {
    private static final int ROOT = 0;
    private static final int NONE = -1;

    /** The child of a node for a character. */
    private final PairTable children = new PairTable();
    /** The token that ends at a node, or {@link #NONE}. */
    private int[] tokens = {NONE};
    private int nodes = 1;

    /**
     * Makes a trie of some of a vocabulary's tokens. Of two with the same text the first one is found.
     *
     * @param vocabulary the tokens
     * @param wanted which of them, by id; empty texts are left out
     */
    TokenTrie(Vocabulary vocabulary, IntPredicate wanted) {
        for (int id = 0; id < vocabulary.size(); id++) {
            String text = vocabulary.pieces().get(id).text();
            if (!text.isEmpty() && wanted.test(id)) {
                add(text, id);
            }
        }
    }

    private void add(String text, int id) {
        int node = ROOT;
        for (int at = 0; at < text.length(); at++) {
            int child = child(node, text.charAt(at));
            if (child == NONE) {
                child = nodes++;
                children.put(node, unescaped(text.charAt(at)), child);
                if (nodes > tokens.length) {
                    int length = tokens.length;
                    tokens = Arrays.copyOf(tokens, 2 * length);
                    Arrays.fill(tokens, length, tokens.length, NONE);
                }
            }
            node = child;
        }
        if (tokens[node] == NONE) {
            tokens[node] = id;
        }
    }

    /**
     * {@return the longest token that stands at a place of a text, or -1}
     *
     * @param text a text
     * @param at the place
     * @param allowed which tokens may be found, by id
     */
    int longest(String text, int at, IntPredicate allowed) {
        return longest(ROOT, text, at, allowed);
    }

    /**
     * {@return the longest token that stands at a place of a text if a space is put there, or -1}
     *
     * @param text a text
     * @param at the place
     * @param allowed which tokens may be found, by id
     */
    int longestAfterSpace(String text, int at, IntPredicate allowed) {
        int node = child(ROOT, ' ');
        return node == NONE ? NONE : longest(node, text, at, allowed);
    }

    private int longest(int from, String text, int start, IntPredicate allowed) {
        int found = NONE;
        int node = from;
        for (int at = start; at < text.length() && node != NONE; at++) {
            node = child(node, text.charAt(at));
            if (node != NONE && tokens[node] != NONE && allowed.test(tokens[node])) {
                found = tokens[node];
            }
        }
        return found;
    }

    private int child(int node, char c) {
        return children.get(node, unescaped(c));
    }

    private static char unescaped(char c) {
        return c == '\u2581' ? ' ' : c;
    }
}
