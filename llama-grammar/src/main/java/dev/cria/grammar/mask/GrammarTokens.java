package dev.cria.grammar.mask;

import dev.cria.grammar.regular.DfaState;
import dev.cria.grammar.syntax.Network;
import dev.cria.grammar.syntax.Parse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A grammar compiled for a vocabulary, with the masks of its terminals that are known so far. Shared by requests. */
public final class GrammarTokens {
    /** Beyond that many the masks of a grammar are forgotten, and found again when they are needed. */
    private static final int MOST_KNOWN = 4096;

    private final TokenIndex index;
    private final Parse begin;
    private final Map<DfaState, TerminalTokens> known = new ConcurrentHashMap<>();

    /**
     * @param index the vocabulary
     * @param network the grammar
     */
    public GrammarTokens(TokenIndex index, Network network) {
        this.index = index;
        this.begin = Parse.begin(network);
    }

    /** {@return the ways before the first byte} */
    public Parse begin() {
        return begin;
    }

    /** Adds the tokens that may come next to a mask. */
    public void mark(Parse parse, long[] mask) {
        if (known.size() > MOST_KNOWN) {
            known.clear();
        }
        index.mark(parse, mask, known);
    }
}
