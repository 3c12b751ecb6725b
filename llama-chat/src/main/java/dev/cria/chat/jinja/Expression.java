package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Comparison.Order;
import java.util.List;
import java.util.Optional;

/** A part of a template that has a value. */
sealed interface Expression {
    /** {@return index of the character of the template where it stands, for messages} */
    int at();

    record Constant(int at, Value value) implements Expression {}

    record Name(int at, String name) implements Expression {}

    record ListLiteral(int at, List<Expression> items) implements Expression {}

    record TupleLiteral(int at, List<Expression> items) implements Expression {}

    record DictLiteral(int at, List<Pair> pairs) implements Expression {}

    /** A key and its value in a dictionary. */
    record Pair(Expression key, Expression value) {}

    /** {@code value.name}. */
    record Attribute(int at, Expression value, String name) implements Expression {}

    /** {@code value[key]}. */
    record Item(int at, Expression value, Expression key) implements Expression {}

    /** {@code value[start:stop:step]}. */
    record SliceOf(int at, Expression value, Optional<Expression> start, Optional<Expression> stop,
            Optional<Expression> step) implements Expression {}

    record Call(int at, Expression callee, CallArguments arguments) implements Expression {}

    /** {@code value|filter}. */
    record Filtered(Expression value, FilterCall filter) implements Expression {
        @Override
        public int at() {
            return filter.at;
        }
    }

    /** A filter and what it is called with. */
    record FilterCall(int at, String name, CallArguments arguments) {}

    /** {@code value is test}. */
    record Tested(int at, Expression value, String test, CallArguments arguments) implements Expression {}

    record Not(int at, Expression value) implements Expression {}

    record And(int at, Expression left, Expression right) implements Expression {}

    record Or(int at, Expression left, Expression right) implements Expression {}

    /** A plus or minus before a value. */
    record Signed(int at, boolean negative, Expression value) implements Expression {}

    record Calculation(int at, Arithmetic operator, Expression left, Expression right) implements Expression {}

    /** Texts joined by {@code ~}. */
    record Concatenation(int at, List<Expression> parts) implements Expression {}

    /** A chain such as {@code a < b <= c}. */
    record Comparisons(int at, Expression first, List<Comparand> others) implements Expression {}

    /** An operator of a chain and what stands on its right. */
    record Comparand(Operator operator, Expression right) {}

    /** What {@link Comparand}s compare by. */
    sealed interface Operator {
        /** Equal, or not. */
        record Equal(boolean wanted) implements Operator {}

        /** In a container, or not. */
        record In(boolean wanted) implements Operator {}

        record Ordered(Order order) implements Operator {}
    }

    /** {@code then if condition else otherwise}. */
    record Conditional(int at, Expression condition, Expression then,
            Optional<Expression> otherwise) implements Expression {}

    /**
     * What stands in the parentheses of a call.
     *
     * @param positional arguments without a name
     * @param named arguments with a name
     * @param sequence what follows {@code *}
     * @param dictionary what follows {@code **}
     */
    record CallArguments(List<Expression> positional, List<Named> named, Optional<Expression> sequence,
            Optional<Expression> dictionary) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    /** An argument with a name. */
    record Named(String name, Expression value) {}
}
