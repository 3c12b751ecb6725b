package dev.cria.grammar.schema;

import dev.cria.grammar.regular.CharSet;
import dev.cria.grammar.regular.PatternReader;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import dev.cria.grammar.syntax.Expression;
import dev.cria.grammar.syntax.Rule;
import java.util.List;

/** The parts of JSON texts (RFC 8259). In texts made by schemas one space may stand after a comma and after a colon. */
public final class JsonTexts {
    /** Any string with its quotes; all escapes are allowed. */
    static final Regex STRING = regex("\"([^\"\\\\\\x00-\\x1F]|\\\\([\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*\"");
    /** Any number. */
    static final Regex NUMBER = regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    /** Any text of a string, without its quotes, each character written in one way. */
    static final Regex CONTENT = Regex.star(TextEncoding.JSON_STRING.of(CharSet.ALL));

    static final Regex QUOTE = regex("\"");
    static final Regex COLON = regex(": ?");
    static final Regex COMMA = regex(", ?");

    private JsonTexts() {}

    static Regex regex(String pattern) {
        return PatternReader.read(pattern).matching(TextEncoding.UTF8);
    }

    /** {@return any JSON text, with at most 16 blanks and line ends at one place} */
    public static Rule anyStyle() {
        return value(regex("[ \\t\\n\\r]{0,16}"));
    }

    private static Rule value(Regex blanks) {
        Rule value = new Rule("value");
        Expression blank = new Expression.Terminal(blanks);
        Expression inner = new Expression.Reference(value);
        Expression member = Expression.apart(blank, new Expression.Terminal(STRING), blank, terminal(":"), inner);
        value.define(Expression.apart(blank, new Expression.Choice(List.of(new Expression.Terminal(STRING),
                new Expression.Terminal(NUMBER), terminal("true|false|null"), listed("\\{", member, blank, "\\}"),
                listed("\\[", inner, blank, "\\]"))), blank));
        return value;
    }

    private static Expression listed(String open, Expression part, Expression blank, String close) {
        Expression others = new Expression.Repeat(Expression.apart(terminal(","), part), 0, Regex.UNLIMITED);
        return Expression.apart(terminal(open),
                new Expression.Choice(List.of(blank, Expression.apart(part, others))), terminal(close));
    }

    private static Expression terminal(String pattern) {
        return new Expression.Terminal(regex(pattern));
    }
}
