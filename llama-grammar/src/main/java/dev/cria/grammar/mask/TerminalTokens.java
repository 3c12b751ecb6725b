package dev.cria.grammar.mask;

import org.jspecify.annotations.Nullable;

/**
 * What a state of a terminal says of a vocabulary, whatever comes behind the terminal. Immutable, shared.
 *
 * @param inside the tokens that stay inside of the terminal, as ids or, if they are many, as a mask
 * @param exits where the terminal may end inside of a token; null if nowhere
 * @param visited nodes of the trie that were looked at, for what it cost
 */
record TerminalTokens(TokenSet inside, @Nullable Branches exits, int visited) {
    /** Tokens as ids, as a mask, or as both, of which the union counts. */
    record TokenSet(int[] ids, long @Nullable [] mask) {
        void mark(long[] target) {
            if (mask != null) {
                for (int i = 0; i < mask.length; i++) {
                    target[i] |= mask[i];
                }
            }
            for (int id : ids) {
                target[id >> 6] |= 1L << id;
            }
        }
    }
}
