package dev.cria.grammar.mask;

import dev.cria.grammar.regular.DfaState;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.syntax.Parse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary arranged for masks. A mask is the union over the terminals that are being read: the tokens that stay
 * inside of a terminal depend on nothing but its state and are kept; those that leave it are few, and walked with the
 * recogniser. Immutable but for what it keeps; safe for use by several threads.
 */
public final class TokenIndex {
    /** States whose walk costs more than this many nodes are kept beyond the grammar that they belong to. */
    private static final int WORTH_SHARING = 2000;
    private static final int MOST_SHARED = 256;

    private final int size;
    private final TokenTrie all;
    private final PlainTokens plain;
    private final Map<Regex, TerminalTokens> shared = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Regex, TerminalTokens> eldest) {
            return size() > MOST_SHARED;
        }
    };

    /** @param bytes the bytes of each token; none for those that are no text */
    public TokenIndex(List<byte[]> bytes) {
        this.size = bytes.size();
        int[] ids = new int[size];
        for (int id = 0; id < size; id++) {
            ids[id] = id;
        }
        this.all = new TokenTrie(bytes, ids);
        this.plain = new PlainTokens(bytes);
    }

    /** {@return the number of tokens} */
    public int size() {
        return size;
    }

    /**
     * Adds the tokens that may come next.
     *
     * @param parse what has been read
     * @param mask a bit for each token, all clear
     * @param known what has been found for the grammar's terminals before
     */
    public void mark(Parse parse, long[] mask, Map<DfaState, TerminalTokens> known) {
        for (Parse.Item item : parse.items()) {
            TerminalTokens tokens = known.get(item.state());
            if (tokens == null) {
                tokens = find(item.state());
                known.put(item.state(), tokens);
            }
            tokens.inside().mark(mask);
            if (tokens.exits() != null) {
                walk(parse.behind(item), tokens.exits(), mask);
            }
        }
    }

    private static void walk(Parse parse, Branches branches, long[] mask) {
        if (parse.isAtEnd()) {
            return;
        }
        Branches.Children children = branches.children();
        for (int i = 0; i < children.labels().length; i++) {
            int value = children.labels()[i] & 0xFF;
            if (parse.allows(value)) {
                Branches child = children.branches()[i];
                child.mark(mask);
                if (child.isInner()) {
                    walk(parse.after(value), child, mask);
                }
            }
        }
    }

    private TerminalTokens find(DfaState state) {
        synchronized (shared) {
            TerminalTokens tokens = shared.get(state.regex());
            if (tokens != null) {
                return tokens;
            }
        }
        int depth = plain.depth(state);
        TerminalTokens tokens = depth > 0
                ? new Search(plain.others()).from(state, plain.upTo(depth))
                : new Search(all).from(state, null);
        if (tokens.visited() > WORTH_SHARING) {
            synchronized (shared) {
                shared.put(state.regex(), tokens);
            }
        }
        return tokens;
    }

    /** Walks a trie with the automaton of a terminal. */
    private final class Search {
        private final TokenTrie trie;
        private final Ints ids = new Ints();
        private final Ints exits = new Ints();
        private int visited;

        Search(TokenTrie trie) {
            this.trie = trie;
        }

        TerminalTokens from(DfaState state, long @Nullable [] more) {
            search(0, state);
            return new TerminalTokens(tokens(more), exits.isEmpty() ? null : new Branches(trie, exits.toArray()),
                    visited);
        }

        private TerminalTokens.TokenSet tokens(long @Nullable [] more) {
            int[] found = ids.toArray();
            if (found.length < size / 64) {
                return new TerminalTokens.TokenSet(found, more);
            }
            long[] mask = more == null ? new long[(size + 63) / 64] : more.clone();
            for (int id : found) {
                mask[id >> 6] |= 1L << id;
            }
            return new TerminalTokens.TokenSet(new int[0], mask);
        }

        private void search(int node, DfaState state) {
            for (int child = node + 1; child < trie.end[node]; child = trie.end[child]) {
                visited++;
                DfaState next = state.after(trie.label[child] & 0xFF);
                if (!next.isDead()) {
                    for (int i = trie.first[child]; i < trie.first[child + 1]; i++) {
                        ids.add(trie.tokens[i]);
                    }
                    if (!trie.isLeaf(child)) {
                        if (next.isAccepting()) {
                            exits.add(child);
                        }
                        search(child, next);
                    }
                }
            }
        }
    }
}
