package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Expression.FilterCall;
import java.util.List;
import java.util.Optional;

/** A part of a template that does something. */
sealed interface Statement {
    /** Text between tags. */
    record Data(Text text) implements Statement {}

    /** <code>{{ value }}</code>. */
    record Print(Expression value) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

    /** A condition and what is done if it is the first that holds. */
    record Branch(Expression condition, List<Statement> body) {}

    record For(Target target, Expression items, Optional<Expression> condition, boolean recursive,
            List<Statement> body, List<Statement> otherwise) implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    record Set(int at, Target target, Expression value) implements Statement {}

    /** {@code set} around a part of the template. */
    record SetBlock(int at, Target target, List<FilterCall> filters, List<Statement> body) implements Statement {}

    record With(List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {}

    record MacroDefinition(String name, MacroBody body) implements Statement {}

    /** {@code call} around a part of the template, which the callee gets as {@code caller}. */
    record CallBlock(int at, Expression.Call call, MacroBody caller) implements Statement {}

    record FilterBlock(List<FilterCall> filters, List<Statement> body) implements Statement {}

    /**
     * A part of the template with variables of its own: {@code block} and {@code generation}.
     *
     * @param isolated whether it sees the outermost variables only
     */
    record Scoped(boolean isolated, List<Statement> body) implements Statement {}

    /** What needs other templates, of which there are none. */
    record Loading(int at) implements Statement {}

    /**
     * Parameters and body of a macro.
     *
     * @param parameters names of the parameters
     * @param defaults values of the last ones
     * @param names all names that the body asks for
     * @param body what it writes
     */
    record MacroBody(List<String> parameters, List<Expression> defaults, java.util.Set<String> names,
            List<Statement> body) {}

    /** What can be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        /** {@code namespace.name}. */
        record NamespaceAttribute(int at, String namespace, String name) implements Target {}

        /** Several targets for the elements of one value. */
        record Several(int at, List<Target> targets) implements Target {}
    }
}
