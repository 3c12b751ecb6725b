package dev.cria.grammar.syntax;

import dev.cria.grammar.regular.Regex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a rule of a grammar is. */
public sealed interface Expression {
    /** The empty text. */
    Expression EMPTY = new Terminal(Regex.EMPTY);
    /** No text at all. */
    Expression NOTHING = new Terminal(Regex.NOTHING);

    /** A text of a regular language. */
    record Terminal(Regex regex) implements Expression {}

    /** One after another. */
    record Sequence(List<Expression> parts) implements Expression {}

    /** One of several. */
    record Choice(List<Expression> parts) implements Expression {}

    /** Several times in a row; at most {@link Regex#UNLIMITED} means no limit. */
    record Repeat(Expression part, int min, int max) implements Expression {}

    /** What another rule is. */
    record Reference(Rule rule) implements Expression {}

    /** {@return one after another; neighbours that are regular become one terminal} */
    static Expression sequence(List<Expression> parts) {
        List<Expression> merged = new ArrayList<>();
        for (Expression part : parts) {
            if (part instanceof Terminal next && !merged.isEmpty() && merged.getLast() instanceof Terminal last) {
                merged.set(merged.size() - 1, new Terminal(Regex.sequence(last.regex, next.regex)));
            } else {
                merged.add(part);
            }
        }
        return merged.isEmpty() ? EMPTY : merged.size() == 1 ? merged.getFirst() : new Sequence(merged);
    }

    /** {@return one of several; those that are regular become one terminal} */
    static Expression choice(List<Expression> parts) {
        List<Regex> regular = new ArrayList<>();
        List<Expression> others = new ArrayList<>();
        for (Expression part : parts) {
            if (part instanceof Terminal terminal) {
                regular.add(terminal.regex);
            } else {
                others.add(part);
            }
        }
        if (!regular.isEmpty()) {
            others.add(new Terminal(Regex.choice(regular)));
        }
        return others.size() == 1 ? others.getFirst() : new Choice(others);
    }

    /** {@return several times in a row} */
    static Expression repeat(Expression part, int min, int max) {
        return part instanceof Terminal terminal
                ? new Terminal(Regex.repeat(terminal.regex, min, max))
                : new Repeat(part, min, max);
    }

    /** {@return one after another, as they are: their automata are shared with other sequences} */
    static Expression apart(Expression... parts) {
        return new Sequence(Arrays.asList(parts));
    }
}
