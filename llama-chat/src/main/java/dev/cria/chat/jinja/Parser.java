package dev.cria.chat.jinja;

import dev.cria.chat.TemplateException.Kind;
import dev.cria.chat.jinja.Expression.FilterCall;
import dev.cria.chat.jinja.Statement.Branch;
import dev.cria.chat.jinja.Statement.MacroBody;
import dev.cria.chat.jinja.Statement.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Makes statements of tokens. */
final class Parser {
    private static final int DEEPEST = 100;

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    /** The statements that are open, innermost last. */
    private final Deque<String> open = new ArrayDeque<>();
    private final Set<String> blocks = new HashSet<>();
    private int loops;
    private boolean breaksAllowed;

    private Parser(List<Token> tokens) {
        this.tokens = new TokenStream(tokens);
        expressions = new ExpressionParser(this.tokens);
    }

    /**
     * {@return the statements of a template}
     *
     * @param source its normalised text
     */
    static List<Statement> parse(String source) {
        Parser parser = new Parser(Lexer.tokens(source));
        List<Statement> statements = parser.statements(Set.of());
        parser.expressions.requireKnownNames();
        return statements;
    }

    /** Reads up to a tag of one of some names, whose name comes next, or up to the end of the template. */
    private List<Statement> statements(Set<String> ends) {
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Data(Text.of(token.text())));
                case PRINT_BEGIN -> {
                    statements.add(new Statement.Print(expressions.tuple(true)));
                    tokens.expect(Token.Kind.PRINT_END);
                }
                case STATEMENT_BEGIN -> {
                    Token tag = tokens.peek();
                    if (tag.is(Token.Kind.NAME) && ends.contains(tag.text())) {
                        return statements;
                    }
                    statement(statements, ends);
                    tokens.expect(Token.Kind.STATEMENT_END);
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw new SyntaxFailure("Unexpected end of template." + lookingFor(ends), token.at());
                    }
                    return statements;
                }
            }
        }
    }

    private String lookingFor(Set<String> ends) {
        return (ends.isEmpty()
                ? ""
                : " Jinja was looking for the following tags: "
                        + String.join(" or ", ends.stream().sorted().map(end -> "'" + end + "'").toList()) + ".")
                + (open.isEmpty() ? "" : " The innermost block that needs to be closed is '" + open.getLast() + "'.");
    }

    /** Reads the rest of the tag that opens a part of the template, that part, and the name of the tag after it. */
    private List<Statement> body(String... ends) {
        tokens.skipOperator(":");
        tokens.expect(Token.Kind.STATEMENT_END);
        if (open.size() > DEEPEST) {
            throw new SyntaxFailure("the template is nested too deeply: more than " + DEEPEST + " statements",
                    tokens.peek().at());
        }
        return statements(Set.of(ends));
    }

    /** Reads the body of a statement that ends with one tag. */
    private List<Statement> bodyTo(String end) {
        List<Statement> body = body(end);
        tokens.next();
        return body;
    }

    private void statement(List<Statement> statements, Set<String> ends) {
        Token tag = tokens.next();
        if (!tag.is(Token.Kind.NAME)) {
            throw new SyntaxFailure("tag name expected", tag.at());
        }
        open.addLast(tag.text());
        switch (tag.text()) {
            case "if" -> statements.add(branches());
            case "for" -> statements.add(loop());
            case "set" -> statements.add(assignment(tag.at()));
            case "with" -> statements.add(with());
            case "macro" -> statements.add(macro());
            case "call" -> statements.add(call(tag.at()));
            case "filter" -> statements.add(filter());
            case "print" -> print(statements);
            case "block" -> statements.add(block());
            case "generation" -> statements.add(new Statement.Scoped(false, closed(() -> bodyTo("endgeneration"))));
            case "break", "continue" -> {
                requireLoop(tag);
                statements.add(tag.isName("break") ? new Statement.Break() : new Statement.Continue());
            }
            case "include", "extends", "import", "from" -> {
                while (!tokens.peek().is(Token.Kind.STATEMENT_END) && !tokens.peek().is(Token.Kind.END)) {
                    tokens.next();
                }
                statements.add(new Statement.Loading(tag.at()));
            }
            case "autoescape" -> throw new SyntaxFailure("the tag 'autoescape' is not supported", tag.at());
            default -> {
                open.removeLast();
                throw new SyntaxFailure("Encountered unknown tag '" + tag.text() + "'." + lookingFor(ends), tag.at());
            }
        }
        open.removeLast();
    }

    private void requireLoop(Token tag) {
        if (!breaksAllowed) {
            String problem = tag.isName("break") ? "'break' outside loop" : "'continue' not properly in loop";
            throw new SyntaxFailure(Kind.RUNTIME, problem, tag.at());
        }
    }

    /** Reads something with variables of its own. */
    private <T> T scoped(Supplier<T> reading) {
        int unknown = expressions.unknownNames();
        T result = reading.get();
        expressions.keepUnknownNames(unknown);
        return result;
    }

    /** Reads something with variables of its own that no loop around it can be left from. */
    private <T> T closed(Supplier<T> reading) {
        boolean allowed = breaksAllowed;
        breaksAllowed = false;
        T result = scoped(reading);
        breaksAllowed = allowed;
        return result;
    }

    private Statement branches() {
        int unknown = expressions.unknownNames();
        List<Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        while (true) {
            Expression condition = expressions.tuple(false);
            branches.add(new Branch(condition, body("elif", "else", "endif")));
            String tag = tokens.next().text();
            if (tag.equals("else")) {
                otherwise = bodyTo("endif");
            }
            if (!tag.equals("elif")) {
                // what stands in a branch may never be reached
                expressions.excuseUnknownNames(unknown);
                return new Statement.If(branches, otherwise);
            }
        }
    }

    private Statement loop() {
        loops++;
        Target target = target(Set.of("in"));
        tokens.expectName("in");
        Expression items = expressions.tuple(false, "recursive");
        Statement loop = scoped(() -> {
            Optional<Expression> condition = tokens.skipName("if")
                    ? Optional.of(expressions.expression(true))
                    : Optional.empty();
            boolean recursive = tokens.skipName("recursive");
            boolean allowed = breaksAllowed;
            breaksAllowed = true;
            List<Statement> body = body("endfor", "else");
            breaksAllowed = allowed;
            List<Statement> otherwise = tokens.next().isName("else") ? bodyTo("endfor") : List.of();
            return new Statement.For(target, items, condition, recursive, body, otherwise);
        });
        loops--;
        return loop;
    }

    private Statement assignment(int at) {
        Target target = target(Set.of());
        if (tokens.skipOperator("=")) {
            return new Statement.Set(at, target, expressions.tuple(true));
        }
        List<FilterCall> filters = expressions.filters();
        return new Statement.SetBlock(at, target, filters, scoped(() -> bodyTo("endset")));
    }

    private Statement with() {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.peek().is(Token.Kind.STATEMENT_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target(Set.of()));
            tokens.expectOperator("=");
            values.add(expressions.expression(true));
        }
        return new Statement.With(targets, values, scoped(() -> bodyTo("endwith")));
    }

    private Statement macro() {
        String name = variable(tokens.expect(Token.Kind.NAME)).name();
        return new Statement.MacroDefinition(name, closed(() -> {
            List<String> parameters = new ArrayList<>();
            List<Expression> defaults = new ArrayList<>();
            parameters(parameters, defaults);
            return macroBody(parameters, defaults, "endmacro");
        }));
    }

    private Statement call(int at) {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        if (tokens.peek().isOperator("(")) {
            parameters(parameters, defaults);
        }
        if (!(expressions.expression(true) instanceof Expression.Call call)) {
            throw new SyntaxFailure("expected call", at);
        }
        return new Statement.CallBlock(at, call, closed(() -> macroBody(parameters, defaults, "endcall")));
    }

    private MacroBody macroBody(List<String> parameters, List<Expression> defaults, String end) {
        Set<String> outer = expressions.beginNames();
        List<Statement> body = bodyTo(end);
        return new MacroBody(List.copyOf(parameters), List.copyOf(defaults), expressions.endNames(outer), body);
    }

    private void parameters(List<String> parameters, List<Expression> defaults) {
        tokens.expectOperator("(");
        while (!tokens.peek().isOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            Token parameter = tokens.expect(Token.Kind.NAME);
            parameters.add(variable(parameter).name());
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression(true));
            } else if (!defaults.isEmpty()) {
                throw new SyntaxFailure("non-default argument follows default argument", parameter.at());
            }
        }
        if (parameters.indexOf("caller") >= 0
                && parameters.indexOf("caller") < parameters.size() - defaults.size()) {
            throw new SyntaxFailure(
                    "When defining macros or call blocks the special \"caller\" argument must be omitted"
                            + " or be given a default.",
                    tokens.peek().at());
        }
        tokens.expectOperator(")");
    }

    private Statement filter() {
        List<FilterCall> filters = new ArrayList<>();
        filters.add(expressions.filter());
        filters.addAll(expressions.filters());
        return new Statement.FilterBlock(filters, scoped(() -> bodyTo("endfilter")));
    }

    private void print(List<Statement> statements) {
        boolean first = true;
        while (!tokens.peek().is(Token.Kind.STATEMENT_END)) {
            if (!first) {
                tokens.expectOperator(",");
            }
            statements.add(new Statement.Print(expressions.expression(true)));
            first = false;
        }
    }

    private Statement block() {
        Token name = tokens.expect(Token.Kind.NAME);
        if (!blocks.add(name.text())) {
            throw new SyntaxFailure("block '" + name.text() + "' defined twice", name.at());
        }
        boolean scoped = tokens.skipName("scoped");
        List<Statement> body = closed(() -> bodyTo("endblock"));
        tokens.skipName(name.text());
        return new Statement.Scoped(!scoped, body);
    }

    /** Reads what is assigned to, up to the name of one of some words if several stand there. */
    private Target target(Set<String> ends) {
        int at = tokens.peek().at();
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        while (true) {
            Token next = tokens.peek();
            boolean isEnd = next.is(Token.Kind.STATEMENT_END) || next.isOperator(")") || next.isOperator("=")
                    || (next.is(Token.Kind.NAME) && ends.contains(next.text()));
            if (isEnd && !targets.isEmpty()) {
                break;
            }
            targets.add(oneTarget());
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
        }
        return several ? new Target.Several(at, targets) : targets.getFirst();
    }

    private Target oneTarget() {
        if (tokens.peek().isOperator("(")) {
            return expressions.inner(() -> {
                tokens.next();
                Target inner = target(Set.of());
                tokens.expectOperator(")");
                return inner;
            });
        }
        Token name = tokens.next();
        if (!name.is(Token.Kind.NAME)) {
            throw new SyntaxFailure(name.is(Token.Kind.OPERATOR)
                    ? "unexpected '" + name.text() + "'"
                    : "can't assign to " + name.description(), name.at());
        }
        if (tokens.skipOperator(".")) {
            return new Target.NamespaceAttribute(name.at(), name.text(), tokens.expect(Token.Kind.NAME).text());
        }
        return variable(name);
    }

    private Target.Variable variable(Token name) {
        if (ExpressionParser.isConstant(name.text())) {
            throw new SyntaxFailure("can't assign to 'const'", name.at());
        }
        if (loops > 0 && name.isName("loop")) {
            throw new SyntaxFailure("Can't assign to special loop variable in for-loop", name.at());
        }
        return new Target.Variable(name.text());
    }
}
