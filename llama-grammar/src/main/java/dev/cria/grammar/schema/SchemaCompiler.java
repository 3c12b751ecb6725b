package dev.cria.grammar.schema;

import dev.cria.grammar.error.GrammarException;
import dev.cria.grammar.error.GrammarTooLargeException;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.syntax.Expression;
import dev.cria.grammar.syntax.Network;
import dev.cria.grammar.syntax.Rule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns a JSON schema into a grammar: one rule for each set of schemas that some value must match. */
public final class SchemaCompiler {
    /**
     * What became of a schema.
     *
     * @param root the start rule
     * @param warnings keywords that were left out
     */
    public record Result(Rule root, List<String> warnings) {}

    /** Schemas that need more rules are refused. */
    private static final int MOST_RULES = 20_000;
    /** So are texts that are longer, before anything is read. */
    private static final int LONGEST = 8_000_000;

    private record Open(Rule rule, List<Shape> shapes) {}

    private final SchemaReader reader;
    private final ObjectExpressions objects;
    private final ArrayExpressions arrays;
    private final Map<Requirements, Expression> values = new HashMap<>();
    private final Deque<Open> open = new ArrayDeque<>();

    private SchemaCompiler(SchemaDocument document, boolean lenient, boolean anyOrder) {
        Shapes shapes = new Shapes();
        this.reader = new SchemaReader(document, lenient, shapes);
        this.objects = new ObjectExpressions(shapes, anyOrder, this::value);
        this.arrays = new ArrayExpressions(this::value);
    }

    /**
     * Compiles a schema.
     *
     * @param text JSON Schema
     * @param lenient whether keywords that cannot be enforced are left out
     * @param anyOrder whether members may come in any order
     * @return the grammar
     * @throws GrammarException if that cannot be done; the message has a JSON pointer
     */
    public static Result compile(String text, boolean lenient, boolean anyOrder) {
        if (text.length() > LONGEST) {
            throw new GrammarTooLargeException("JSON schema: expected at most " + LONGEST + " characters, found "
                    + text.length());
        }
        SchemaDocument document = SchemaDocument.read(text);
        return new SchemaCompiler(document, lenient, anyOrder).compile(document);
    }

    private Result compile(SchemaDocument document) {
        Rule root = Rule.of("root", value(Requirements.of(new Requirements.Schema(document.root(), false))));
        for (int rules = 0; !open.isEmpty(); rules++) {
            if (rules > MOST_RULES) {
                throw new GrammarTooLargeException("JSON schema: it needs more than " + MOST_RULES + " rules");
            }
            Open next = open.remove();
            next.rule.define(choice(next.shapes));
        }
        if (!Network.productive(Network.reachable(root)).contains(root)) {
            throw new GrammarException("JSON schema: no value matches it");
        }
        return new Result(root, reader.warnings());
    }

    /** What a value is: a terminal, or a rule if the value has parts. */
    private Expression value(Requirements requirements) {
        Expression known = values.get(requirements);
        if (known == null) {
            List<Shape> shapes = reader.read(requirements);
            if (shapes.stream().noneMatch(shape -> shape instanceof Shape.Array || shape instanceof Shape.Members)) {
                known = choice(shapes);
            } else {
                Rule rule = new Rule("value");
                open.add(new Open(rule, shapes));
                known = new Expression.Reference(rule);
            }
            values.put(requirements, known);
        }
        return known;
    }

    private Expression choice(List<Shape> shapes) {
        List<Expression> parts = new ArrayList<>();
        for (Shape shape : shapes) {
            parts.add(switch (shape) {
                case Shape.Null _ -> new Expression.Terminal(JsonTexts.regex("null"));
                case Shape.Bool bool -> new Expression.Terminal(JsonTexts.regex(
                        !bool.no() ? "true" : bool.yes() ? "true|false" : "false"));
                case Shape.Numeric number -> new Expression.Terminal(number(number));
                case Shape.Text text -> new Expression.Terminal(text.equals(Shape.Text.ANY)
                        ? JsonTexts.STRING
                        : Regex.sequence(JsonTexts.QUOTE, text.content(), JsonTexts.QUOTE));
                case Shape.Array array -> arrays.of(array);
                case Shape.Members members -> objects.of(members);
            });
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Choice(parts);
    }

    private static Regex number(Shape.Numeric number) {
        if (!number.whole()) {
            return number.equals(Shape.Numeric.ANY) ? JsonTexts.NUMBER : number.numbers();
        }
        return number.numbers().equals(Numbers.WHOLE)
                ? Numbers.WITHOUT_POINT
                : Regex.both(number.numbers(), Numbers.WITHOUT_POINT);
    }
}
