package dev.cria.grammar.syntax;

import org.jspecify.annotations.Nullable;

/** A named part of a grammar. It may refer to itself, so its body is set after it is made, once. */
public final class Rule {
    private final String name;
    private @Nullable Expression body;

    /** @param name for messages */
    public Rule(String name) {
        this.name = name;
    }

    /** {@return a rule with its body} */
    public static Rule of(String name, Expression body) {
        Rule rule = new Rule(name);
        rule.define(body);
        return rule;
    }

    /**
     * Says what the rule is.
     *
     * @throws IllegalStateException if that has been said
     */
    public void define(Expression body) {
        if (this.body != null) {
            throw new IllegalStateException("the rule " + name + " has a body");
        }
        this.body = body;
    }

    /** {@return its name} */
    public String name() {
        return name;
    }

    /** {@return whether its body is known} */
    public boolean isDefined() {
        return body != null;
    }

    /**
     * {@return what the rule is}
     *
     * @throws IllegalStateException if that has not been said
     */
    public Expression body() {
        if (body == null) {
            throw new IllegalStateException("the rule " + name + " has no body");
        }
        return body;
    }
}
