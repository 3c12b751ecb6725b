package dev.cria.grammar.syntax;

import dev.cria.grammar.regular.DfaState;

/** A node of a {@link Network}; compared by identity. */
sealed class Node {
    /** Ends a rule. */
    static final Node RETURN = new Node();
    /** A way that cannot end. */
    static final Node NOWHERE = new Node();

    private Node() {}

    /** Reads a text of a regular language. */
    static final class Terminal extends Node {
        final DfaState start;
        final Node next;

        Terminal(DfaState start, Node next) {
            this.start = start;
            this.next = next;
        }
    }

    /** Goes several ways at once. */
    static final class Fork extends Node {
        final Node[] ways;

        Fork(Node[] ways) {
            this.ways = ways;
        }
    }

    /** Reads what a rule describes. */
    static final class Call extends Node {
        final Entry rule;
        final Node next;

        Call(Entry rule, Node next) {
            this.rule = rule;
            this.next = next;
        }
    }

    /** Where a rule begins. */
    static final class Entry {
        final String name;
        Node start = NOWHERE;

        Entry(String name) {
            this.name = name;
        }
    }
}
