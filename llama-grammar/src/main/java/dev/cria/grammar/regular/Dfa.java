package dev.cria.grammar.regular;

import dev.cria.grammar.error.GrammarTooLargeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The automaton of a regular expression. Its states are the expression's derivatives, made when they are first reached;
 * a state from which no text of the language can be completed is never given out. Safe for use by several threads.
 */
public final class Dfa {
    /** Automata with more states are refused. */
    private static final int MOST_STATES = 200_000;
    /** A search for a text that looks at more states is given up; it takes about a second. */
    private static final int MOST_SEARCHED = 10_000;

    private final byte[] classes = new byte[256];
    private final int[] representatives;
    private final Map<Regex, DfaState> states = new ConcurrentHashMap<>();
    private final DfaState dead;
    private final DfaState start;

    /** @param regex the language */
    public Dfa(Regex regex) {
        Set<ByteSet> sets = new HashSet<>();
        regex.collect(sets, new HashSet<>());
        int[] color = new int[256];
        int colors = 1;
        for (ByteSet set : sets) {
            Map<Integer, Integer> inside = new HashMap<>();
            for (int value = 0; value < 256; value++) {
                if (set.contains(value)) {
                    int next = colors + inside.size();
                    color[value] = inside.computeIfAbsent(color[value], old -> next);
                }
            }
            colors += inside.size();
        }
        Map<Integer, Integer> numbers = new HashMap<>();
        List<Integer> first = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            Integer number = numbers.get(color[value]);
            if (number == null) {
                number = first.size();
                numbers.put(color[value], number);
                first.add(value);
            }
            classes[value] = (byte) (int) number;
        }
        this.representatives = first.stream().mapToInt(Integer::intValue).toArray();
        this.dead = new DfaState(this, Regex.NOTHING, 0);
        this.start = aliveOrDead(state(regex));
    }

    /** {@return the state before the first byte} */
    public DfaState start() {
        return start;
    }

    /** {@return whether the language has no text at all} */
    public boolean isEmpty() {
        return start == dead;
    }

    int classOf(int value) {
        return classes[value] & 0xFF;
    }

    DfaState derive(DfaState from, int symbol) {
        return aliveOrDead(state(from.regex().derive(representatives[symbol])));
    }

    private DfaState state(Regex regex) {
        if (regex == Regex.NOTHING) {
            return dead;
        }
        DfaState known = states.get(regex);
        if (known != null) {
            return known;
        }
        if (states.size() >= MOST_STATES) {
            throw new GrammarTooLargeException("a regular expression needs more than " + MOST_STATES + " states");
        }
        DfaState made = new DfaState(this, regex, representatives.length);
        DfaState earlier = states.putIfAbsent(regex, made);
        return earlier == null ? made : earlier;
    }

    /** With intersections an expression may be empty without looking so: search for a text. */
    private DfaState aliveOrDead(DfaState state) {
        if (state == dead || state.life() == DfaState.Life.DEAD) {
            return dead;
        }
        if (state.life() == DfaState.Life.ALIVE) {
            return state;
        }
        Map<DfaState, DfaState> reachedFrom = new HashMap<>();
        List<DfaState> open = new ArrayList<>(List.of(state));
        reachedFrom.put(state, state);
        while (!open.isEmpty()) {
            DfaState next = open.removeLast();
            if (next.life() == DfaState.Life.ALIVE) {
                for (DfaState s = next; s != null && s != state; s = reachedFrom.get(s)) {
                    s.setLife(DfaState.Life.ALIVE);
                }
                state.setLife(DfaState.Life.ALIVE);
                return state;
            }
            if (reachedFrom.size() > MOST_SEARCHED) {
                throw new GrammarTooLargeException("whether a regular expression matches any text is not clear after "
                        + MOST_SEARCHED + " states");
            }
            for (int value : representatives) {
                DfaState after = state(next.regex().derive(value));
                if (after.life() != DfaState.Life.DEAD && reachedFrom.putIfAbsent(after, next) == null) {
                    open.add(after);
                }
            }
        }
        reachedFrom.keySet().forEach(s -> s.setLife(DfaState.Life.DEAD));
        return dead;
    }
}
