package dev.cria.grammar.syntax;

import dev.cria.grammar.error.GrammarTooLargeException;
import dev.cria.grammar.regular.Dfa;
import dev.cria.grammar.regular.Regex;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The rules of a grammar as a recursive transition network (Woods 1970): what is not regular becomes nodes that fork,
 * call another rule or return, what is regular an automaton. Ways that cannot end are left out, so whatever the
 * recogniser is in, it can get out of.
 */
public final class Network {
    /** Grammars with more nodes are refused; they would take hundreds of megabytes. */
    private static final int MOST_NODES = 1_000_000;

    private final Map<Regex, Dfa> automata = new HashMap<>();
    private final Map<Rule, Node.Entry> entries = new HashMap<>();
    private final Endings endings;
    private final IdentityHashMap<Expression, Map<Node, Node>> compiled = new IdentityHashMap<>();
    private final Node.Entry root;
    private int nodes;

    /** @param root the rule that a text must match */
    public Network(Rule root) {
        List<Rule> rules = reachable(root);
        this.endings = new Endings(productive(rules, this::automaton), this::automaton);
        for (Rule rule : rules) {
            entries.put(rule, new Node.Entry(rule.name()));
        }
        for (Rule rule : rules) {
            entry(rule).start = compile(rule.body(), Node.RETURN);
        }
        this.root = entry(root);
    }

    /** {@return what reads the root} */
    Node.Entry root() {
        return root;
    }

    /** {@return the rules that a rule refers to, itself first} */
    public static List<Rule> reachable(Rule root) {
        Set<Rule> found = new LinkedHashSet<>(Set.of(root));
        List<Rule> open = new ArrayList<>(List.of(root));
        while (!open.isEmpty()) {
            for (Rule next : references(open.removeLast().body())) {
                if (found.add(next)) {
                    open.add(next);
                }
            }
        }
        return List.copyOf(found);
    }

    /** {@return the rules that have a text} */
    public static Set<Rule> productive(Collection<Rule> rules) {
        Map<Regex, Dfa> automata = new HashMap<>();
        return productive(rules, regex -> automata.computeIfAbsent(regex, Dfa::new));
    }

    private static Set<Rule> productive(Collection<Rule> rules, Function<Regex, Dfa> automata) {
        // Each rule waits for those that it refers to, so that every one is looked at again only when one of them ends.
        Map<Rule, List<Rule>> users = new HashMap<>();
        for (Rule rule : rules) {
            for (Rule used : references(rule.body())) {
                users.computeIfAbsent(used, key -> new ArrayList<>()).add(rule);
            }
        }
        Set<Rule> found = new LinkedHashSet<>();
        List<Rule> open = new ArrayList<>(rules);
        while (!open.isEmpty()) {
            Rule rule = open.removeLast();
            if (!found.contains(rule) && new Endings(found, automata).ends(rule.body())) {
                found.add(rule);
                open.addAll(users.getOrDefault(rule, List.of()));
            }
        }
        return found;
    }

    /** Finds out which expressions have a text, each once: parts are shared by many. */
    private static final class Endings {
        private final Set<Rule> productive;
        private final Function<Regex, Dfa> automata;
        private final IdentityHashMap<Expression, Boolean> known = new IdentityHashMap<>();

        Endings(Set<Rule> productive, Function<Regex, Dfa> automata) {
            this.productive = productive;
            this.automata = automata;
        }

        boolean ends(Expression expression) {
            Boolean found = known.get(expression);
            if (found == null) {
                found = switch (expression) {
                    case Expression.Terminal terminal -> !automata.apply(terminal.regex()).isEmpty();
                    case Expression.Sequence sequence -> sequence.parts().stream().allMatch(this::ends);
                    case Expression.Choice choice -> choice.parts().stream().anyMatch(this::ends);
                    case Expression.Repeat repeat -> repeat.min() == 0 || ends(repeat.part());
                    case Expression.Reference reference -> productive.contains(reference.rule());
                };
                known.put(expression, found);
            }
            return found;
        }
    }

    static Set<Rule> references(Expression expression) {
        Set<Rule> found = new LinkedHashSet<>();
        Set<Expression> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Expression> open = new ArrayList<>(List.of(expression));
        while (!open.isEmpty()) {
            Expression next = open.removeLast();
            if (seen.add(next)) {
                switch (next) {
                    case Expression.Terminal _ -> {
                    }
                    case Expression.Sequence sequence -> open.addAll(sequence.parts());
                    case Expression.Choice choice -> open.addAll(choice.parts());
                    case Expression.Repeat repeat -> open.add(repeat.part());
                    case Expression.Reference reference -> found.add(reference.rule());
                }
            }
        }
        return found;
    }

    private Dfa automaton(Regex regex) {
        return automata.computeIfAbsent(regex, Dfa::new);
    }

    private Node.Entry entry(Rule rule) {
        Node.Entry entry = entries.get(rule);
        if (entry == null) {
            throw new AssertionError(rule.name());
        }
        return entry;
    }

    /** What reads an expression and goes on with another node. */
    private Node compile(Expression expression, Node next) {
        if (next == Node.NOWHERE || !endings.ends(expression)) {
            return Node.NOWHERE;
        }
        Map<Node, Node> known = compiled.computeIfAbsent(expression, key -> new HashMap<>(2));
        Node node = known.get(next);
        if (node == null) {
            if (++nodes > MOST_NODES) {
                throw new GrammarTooLargeException("the grammar needs more than " + MOST_NODES + " nodes");
            }
            node = compileNew(expression, next);
            known.put(next, node);
        }
        return node;
    }

    private Node compileNew(Expression expression, Node next) {
        return switch (expression) {
            case Expression.Terminal terminal -> terminal.regex() == Regex.EMPTY
                    ? next
                    : new Node.Terminal(automaton(terminal.regex()).start(), next);
            case Expression.Sequence sequence -> {
                Node first = next;
                for (Expression part : sequence.parts().reversed()) {
                    first = compile(part, first);
                }
                yield first;
            }
            case Expression.Choice choice -> new Node.Fork(choice.parts().stream()
                    .map(part -> compile(part, next)).filter(node -> node != Node.NOWHERE).toArray(Node[]::new));
            case Expression.Repeat repeat -> repeat(repeat, next);
            case Expression.Reference reference -> new Node.Call(entry(reference.rule()), next);
        };
    }

    private Node repeat(Expression.Repeat repeat, Node next) {
        Node first = next;
        if (repeat.max() == Regex.UNLIMITED) {
            Node.Fork loop = new Node.Fork(new Node[]{next, Node.NOWHERE});
            loop.ways[1] = compile(repeat.part(), loop);
            first = loop;
        } else {
            for (int i = repeat.min(); i < repeat.max(); i++) {
                first = new Node.Fork(new Node[]{compile(repeat.part(), first), next});
            }
        }
        for (int i = 0; i < repeat.min(); i++) {
            first = compile(repeat.part(), first);
        }
        return first;
    }
}
