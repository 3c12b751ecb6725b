package dev.cria.grammar.syntax;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.HashSet;

/**
 * Puts rules in the places where they are referred to, if they and all that they refer to are not recursive: then they
 * are regular, and one automaton reads what would be many calls.
 */
final class RegularRules {
    private final Map<Rule, Boolean> recursive = new HashMap<>();
    private final Map<Rule, Expression> regular = new HashMap<>();
    private final Map<Rule, Rule> copies = new HashMap<>();

    private RegularRules() {}

    /** {@return a grammar with the same texts} */
    static Rule insert(Rule root) {
        return new RegularRules().copy(root);
    }

    private Rule copy(Rule rule) {
        Rule known = copies.get(rule);
        if (known == null) {
            known = new Rule(rule.name());
            copies.put(rule, known);
            known.define(rewritten(rule.body()));
        }
        return known;
    }

    private Expression rewritten(Expression expression) {
        return switch (expression) {
            case Expression.Terminal terminal -> terminal;
            case Expression.Sequence sequence -> Expression.sequence(rewritten(sequence.parts()));
            case Expression.Choice choice -> Expression.choice(rewritten(choice.parts()));
            case Expression.Repeat repeat -> Expression.repeat(rewritten(repeat.part()), repeat.min(), repeat.max());
            case Expression.Reference reference -> {
                Rule rule = reference.rule();
                if (leadsToRecursion(rule)) {
                    yield new Expression.Reference(copy(rule));
                }
                Expression body = regular.get(rule);
                if (body == null) {
                    body = rewritten(rule.body());
                    regular.put(rule, body);
                }
                yield body;
            }
        };
    }

    private List<Expression> rewritten(List<Expression> parts) {
        return parts.stream().map(this::rewritten).toList();
    }

    private boolean leadsToRecursion(Rule rule) {
        Boolean known = recursive.get(rule);
        if (known == null) {
            known = Network.reachable(rule).stream().anyMatch(RegularRules::refersToItself);
            recursive.put(rule, known);
        }
        return known;
    }

    private static boolean refersToItself(Rule rule) {
        Set<Rule> found = new HashSet<>();
        Network.references(rule.body()).forEach(next -> found.addAll(Network.reachable(next)));
        return found.contains(rule);
    }
}
