package dev.cria.grammar.regular;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A state of a {@link Dfa}. */
public final class DfaState {
    enum Life {
        /** A text of the language can be completed from here. */
        ALIVE,
        /** None can. */
        DEAD,
        /** Nobody has searched yet. */
        UNKNOWN
    }

    private final Dfa dfa;
    private final Regex regex;
    private final AtomicReferenceArray<@Nullable DfaState> next;
    private volatile Life life;

    DfaState(Dfa dfa, Regex regex, int symbols) {
        this.dfa = dfa;
        this.regex = regex;
        this.next = new AtomicReferenceArray<>(symbols);
        this.life = regex == Regex.NOTHING
                ? Life.DEAD
                : regex.isNullable() || !regex.mayBeEmpty() ? Life.ALIVE : Life.UNKNOWN;
    }

    /** {@return the language of what may still come} */
    public Regex regex() {
        return regex;
    }

    /** {@return whether the text may end here} */
    public boolean isAccepting() {
        return regex.isNullable();
    }

    /** {@return whether no text of the language begins so} */
    public boolean isDead() {
        return regex == Regex.NOTHING;
    }

    /** {@return the state after a byte, 0 to 255} */
    public DfaState after(int value) {
        if (isDead()) {
            return this;
        }
        int symbol = dfa.classOf(value);
        DfaState known = next.getAcquire(symbol);
        if (known == null) {
            known = dfa.derive(this, symbol);
            next.setRelease(symbol, known);
        }
        return known;
    }

    Life life() {
        return life;
    }

    void setLife(Life life) {
        this.life = life;
    }
}
