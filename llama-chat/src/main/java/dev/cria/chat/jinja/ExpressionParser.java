package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Comparison.Order;
import dev.cria.chat.jinja.Expression.CallArguments;
import dev.cria.chat.jinja.Expression.Comparand;
import dev.cria.chat.jinja.Expression.FilterCall;
import dev.cria.chat.jinja.Expression.Named;
import dev.cria.chat.jinja.Expression.Operator;
import dev.cria.chat.jinja.Expression.Pair;
import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.Real;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Makes expressions of tokens, by Jinja's order of operators. */
final class ExpressionParser {
    private static final int DEEPEST = 200;
    private static final Map<String, Value> CONSTANTS = Map.of("true", Bool.TRUE, "True", Bool.TRUE, "false",
            Bool.FALSE, "False", Bool.FALSE, "none", None.NONE, "None", None.NONE);
    private static final Map<String, Operator> COMPARISONS = Map.of("==", new Operator.Equal(true), "!=",
            new Operator.Equal(false), "<", new Operator.Ordered(Order.LESS), "<=",
            new Operator.Ordered(Order.LESS_OR_EQUAL), ">", new Operator.Ordered(Order.GREATER), ">=",
            new Operator.Ordered(Order.GREATER_OR_EQUAL));
    private static final Map<String, Arithmetic> SUMS = Map.of("+", Arithmetic.ADD, "-", Arithmetic.SUBTRACT);
    private static final Map<String, Arithmetic> PRODUCTS = Map.of("*", Arithmetic.MULTIPLY, "/", Arithmetic.DIVIDE,
            "//", Arithmetic.FLOOR_DIVIDE, "%", Arithmetic.MODULO);

    private final TokenStream tokens;
    private int depth;
    private Set<String> names = new HashSet<>();
    /** Filters and tests that do not exist; an error, unless they stand where they may never be reached. */
    private final List<SyntaxFailure> unknown = new ArrayList<>();
    private final List<SyntaxFailure> kept = new ArrayList<>();

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    static boolean isConstant(String name) {
        return CONSTANTS.containsKey(name);
    }

    /** {@return how many names of filters and tests were unknown so far} */
    int unknownNames() {
        return unknown.size();
    }

    /** Says that unknown names from a number on may never be reached. */
    void excuseUnknownNames(int from) {
        unknown.subList(from, unknown.size()).clear();
    }

    /** Says that unknown names from a number on are an error, whatever stands around them. */
    void keepUnknownNames(int from) {
        kept.addAll(unknown.subList(from, unknown.size()));
        excuseUnknownNames(from);
    }

    /** Refuses names of filters and tests that are unknown. */
    void requireKnownNames() {
        keepUnknownNames(0);
        if (!kept.isEmpty()) {
            throw kept.getFirst();
        }
    }

    /** Begins to collect the names of variables. {@return those that were collected before} */
    Set<String> beginNames() {
        Set<String> outer = names;
        names = new HashSet<>();
        return outer;
    }

    /** {@return the names of variables since the beginning, which count for what is around it, too} */
    Set<String> endNames(Set<String> outer) {
        Set<String> inner = names;
        names = outer;
        names.addAll(inner);
        return inner;
    }

    /**
     * Reads an expression, or several with commas between them, which make a tuple.
     *
     * @param ends names that end a tuple
     */
    Expression tuple(boolean withConditional, String... ends) {
        return tuple(withConditional, false, List.of(ends));
    }

    private Expression tuple(boolean withConditional, boolean mayBeEmpty, List<String> ends) {
        Token first = tokens.peek();
        List<Expression> items = new ArrayList<>();
        boolean several = false;
        while (!isTupleEnd(ends)) {
            items.add(expression(withConditional));
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (!several && items.size() == 1) {
            return items.getFirst();
        }
        if (items.isEmpty() && !mayBeEmpty) {
            throw new SyntaxFailure("Expected an expression, got '" + tokens.peek().description() + "'",
                    tokens.peek().at());
        }
        return new Expression.TupleLiteral(first.at(), items);
    }

    private boolean isTupleEnd(List<String> ends) {
        Token next = tokens.peek();
        return next.is(Token.Kind.PRINT_END) || next.is(Token.Kind.STATEMENT_END) || next.isOperator(")")
                || (next.is(Token.Kind.NAME) && ends.contains(next.text()));
    }

    Expression expression(boolean withConditional) {
        return withConditional ? conditional() : or();
    }

    /** Reads something one level deeper. */
    <T> T inner(Supplier<T> reading) {
        enter();
        T result = reading.get();
        depth--;
        return result;
    }

    private void enter() {
        if (++depth > DEEPEST) {
            throw new SyntaxFailure("the expression is nested too deeply: more than " + DEEPEST + " levels",
                    tokens.peek().at());
        }
    }

    private Expression conditional() {
        enter();
        int before = unknown.size();
        Expression expression = or();
        while (tokens.peek().isName("if")) {
            int at = tokens.next().at();
            Expression condition = or();
            Optional<Expression> otherwise = tokens.skipName("else")
                    ? Optional.of(conditional())
                    : Optional.empty();
            expression = new Expression.Conditional(at, condition, expression, otherwise);
            excuseUnknownNames(before);
        }
        depth--;
        return expression;
    }

    private Expression or() {
        Expression left = and();
        while (tokens.peek().isName("or")) {
            left = new Expression.Or(tokens.next().at(), left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.peek().isName("and")) {
            left = new Expression.And(tokens.next().at(), left, not());
        }
        return left;
    }

    private Expression not() {
        return tokens.peek().isName("not")
                ? inner(() -> new Expression.Not(tokens.next().at(), not()))
                : comparison();
    }

    private Expression comparison() {
        int at = tokens.peek().at();
        Expression first = sum();
        List<Comparand> others = new ArrayList<>();
        while (true) {
            Optional<Operator> operator = comparisonOperator();
            if (operator.isEmpty()) {
                return others.isEmpty() ? first : new Expression.Comparisons(at, first, others);
            }
            others.add(new Comparand(operator.get(), sum()));
        }
    }

    private Optional<Operator> comparisonOperator() {
        Token token = tokens.peek();
        if (token.is(Token.Kind.OPERATOR) && COMPARISONS.containsKey(token.text())) {
            tokens.next();
            return Optional.ofNullable(COMPARISONS.get(token.text()));
        }
        if (tokens.skipName("in")) {
            return Optional.of(new Operator.In(true));
        }
        if (token.isName("not") && tokens.peekSecond().isName("in")) {
            tokens.next();
            tokens.next();
            return Optional.of(new Operator.In(false));
        }
        return Optional.empty();
    }

    private Optional<Arithmetic> operator(Map<String, Arithmetic> operators) {
        Token token = tokens.peek();
        return token.is(Token.Kind.OPERATOR) ? Optional.ofNullable(operators.get(token.text())) : Optional.empty();
    }

    private Expression sum() {
        Expression left = concatenation();
        for (Optional<Arithmetic> operator = operator(SUMS); operator.isPresent(); operator = operator(SUMS)) {
            left = new Expression.Calculation(tokens.next().at(), operator.get(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Token first = tokens.peek();
        List<Expression> parts = new ArrayList<>(List.of(product()));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concatenation(first.at(), parts);
    }

    private Expression product() {
        Expression left = power();
        for (Optional<Arithmetic> operator = operator(PRODUCTS); operator.isPresent(); operator = operator(PRODUCTS)) {
            left = new Expression.Calculation(tokens.next().at(), operator.get(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.peek().isOperator("**")) {
            left = new Expression.Calculation(tokens.next().at(), Arithmetic.POWER, left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        enter();
        Token first = tokens.peek();
        Expression expression;
        if (first.isOperator("-") || first.isOperator("+")) {
            tokens.next();
            expression = new Expression.Signed(first.at(), first.isOperator("-"), unary(false));
        } else {
            expression = primary();
        }
        expression = postfix(expression);
        if (withFilters) {
            expression = filtersAndTests(expression);
        }
        depth--;
        return expression;
    }

    private Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> name(token);
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.peek().is(Token.Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Constant(token.at(), Text.of(text.toString()));
            }
            case INTEGER -> new Expression.Constant(token.at(), new Int(Numbers.readInteger(token.text(), 0)
                    .orElseThrow(() -> new SyntaxFailure("the number is too long", token.at()))));
            case FLOAT -> new Expression.Constant(token.at(), new Real(Double.parseDouble(token.text())));
            case OPERATOR -> switch (token.text()) {
                case "(" -> {
                    Expression inner = tuple(true, true, List.of());
                    tokens.expectOperator(")");
                    yield inner;
                }
                case "[" -> list(token);
                case "{" -> dictionary(token);
                default -> throw unexpected(token);
            };
            default -> throw unexpected(token);
        };
    }

    private static SyntaxFailure unexpected(Token token) {
        return new SyntaxFailure("unexpected '" + token.description() + "'", token.at());
    }

    private Expression name(Token token) {
        Value constant = CONSTANTS.get(token.text());
        if (constant != null) {
            return new Expression.Constant(token.at(), constant);
        }
        names.add(token.text());
        return new Expression.Name(token.at(), token.text());
    }

    private Expression list(Token begin) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("]")) {
                    break;
                }
            }
            items.add(expression(true));
        }
        return new Expression.ListLiteral(begin.at(), items);
    }

    private Expression dictionary(Token begin) {
        List<Pair> pairs = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            Expression key = expression(true);
            tokens.expectOperator(":");
            pairs.add(new Pair(key, expression(true)));
        }
        return new Expression.DictLiteral(begin.at(), pairs);
    }

    private Expression postfix(Expression before) {
        Expression expression = before;
        while (true) {
            Token token = tokens.peek();
            if (token.isOperator(".")) {
                expression = attribute(expression);
            } else if (token.isOperator("[")) {
                expression = item(expression);
            } else if (token.isOperator("(")) {
                expression = new Expression.Call(token.at(), expression, arguments());
            } else {
                return expression;
            }
        }
    }

    private Expression attribute(Expression value) {
        int at = tokens.next().at();
        Token name = tokens.next();
        return switch (name.kind()) {
            case NAME -> new Expression.Attribute(at, value, name.text());
            case INTEGER -> new Expression.Item(at, value, new Expression.Constant(name.at(),
                    new Int(Numbers.readInteger(name.text(), 0).orElseThrow(() -> unexpected(name)))));
            default -> throw new SyntaxFailure("expected name or number", name.at());
        };
    }

    private Expression item(Expression value) {
        int at = tokens.next().at();
        List<Expression> keys = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
            }
            if (keys.isEmpty()) {
                Optional<Expression> start = bound();
                if (tokens.skipOperator(":")) {
                    Optional<Expression> stop = bound();
                    Optional<Expression> step = tokens.skipOperator(":") ? bound() : Optional.empty();
                    tokens.expectOperator("]");
                    return new Expression.SliceOf(at, value, start, stop, step);
                }
                keys.add(start.orElseThrow(() -> unexpected(tokens.peek())));
            } else {
                keys.add(expression(true));
            }
        }
        return new Expression.Item(at, value, keys.size() == 1
                ? keys.getFirst()
                : new Expression.TupleLiteral(at, keys));
    }

    private Optional<Expression> bound() {
        Token next = tokens.peek();
        return next.isOperator(":") || next.isOperator("]") ? Optional.empty() : Optional.of(expression(true));
    }

    private CallArguments arguments() {
        int at = tokens.peek().at();
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Named> named = new ArrayList<>();
        Optional<Expression> sequence = Optional.empty();
        Optional<Expression> dictionary = Optional.empty();
        boolean first = true;
        while (!tokens.skipOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            boolean onlyPositional = sequence.isEmpty() && dictionary.isEmpty();
            if (tokens.skipOperator("*")) {
                requireOrder(onlyPositional, at);
                sequence = Optional.of(expression(true));
            } else if (tokens.skipOperator("**")) {
                requireOrder(dictionary.isEmpty(), at);
                dictionary = Optional.of(expression(true));
            } else if (tokens.peek().is(Token.Kind.NAME) && tokens.peekSecond().isOperator("=")) {
                requireOrder(dictionary.isEmpty(), at);
                String name = tokens.next().text();
                tokens.next();
                named.add(new Named(name, expression(true)));
            } else {
                requireOrder(onlyPositional && named.isEmpty(), at);
                positional.add(expression(true));
            }
        }
        return new CallArguments(positional, named, sequence, dictionary);
    }

    private static void requireOrder(boolean inOrder, int at) {
        if (!inOrder) {
            throw new SyntaxFailure("invalid syntax for function call expression", at);
        }
    }

    private Expression filtersAndTests(Expression before) {
        Expression expression = before;
        while (true) {
            Token token = tokens.peek();
            if (token.isOperator("|")) {
                tokens.next();
                expression = new Expression.Filtered(expression, filter());
            } else if (token.isName("is")) {
                expression = test(expression);
            } else if (token.isOperator("(")) {
                expression = new Expression.Call(token.at(), expression, arguments());
            } else {
                return expression;
            }
        }
    }

    /** Reads any number of filters, each after a bar. */
    List<FilterCall> filters() {
        List<FilterCall> filters = new ArrayList<>();
        while (tokens.skipOperator("|")) {
            filters.add(filter());
        }
        return filters;
    }

    /** Reads a filter, without the bar before it. */
    FilterCall filter() {
        Token first = tokens.peek();
        String name = dottedName();
        if (Filters.named(name).isEmpty()) {
            unknown.add(new SyntaxFailure("No filter named '" + name + "'.", first.at()));
        }
        return new FilterCall(first.at(), name, tokens.peek().isOperator("(") ? arguments() : CallArguments.NONE);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expect(Token.Kind.NAME).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Token.Kind.NAME).text());
        }
        return name.toString();
    }

    private Expression test(Expression value) {
        int at = tokens.next().at();
        boolean negated = tokens.skipName("not");
        String name = dottedName();
        if (Tests.named(name).isEmpty()) {
            unknown.add(new SyntaxFailure("No test named '" + name + "'.", at));
        }
        CallArguments arguments = CallArguments.NONE;
        Token next = tokens.peek();
        if (next.isOperator("(")) {
            arguments = arguments();
        } else if (beginsArgument(next)) {
            if (next.isName("is")) {
                throw new SyntaxFailure("You cannot chain multiple tests with is", next.at());
            }
            arguments = new CallArguments(List.of(postfix(primary())), List.of(), Optional.empty(),
                    Optional.empty());
        }
        Expression test = new Expression.Tested(at, value, name, arguments);
        return negated ? new Expression.Not(at, test) : test;
    }

    private static boolean beginsArgument(Token token) {
        return switch (token.kind()) {
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.isOperator("[") || token.isOperator("{");
            default -> false;
        };
    }
}
