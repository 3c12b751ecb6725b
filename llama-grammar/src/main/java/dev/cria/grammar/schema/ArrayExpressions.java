package dev.cria.grammar.schema;

import dev.cria.grammar.error.GrammarTooLargeException;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.syntax.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Writes arrays as expressions. */
final class ArrayExpressions {
    private static final int MOST_COUNTED = 10_000;
    private static final Expression OPEN = new Expression.Terminal(JsonTexts.regex("\\["));
    private static final Expression CLOSE = new Expression.Terminal(JsonTexts.regex("\\]"));
    private static final Expression COMMA = new Expression.Terminal(JsonTexts.COMMA);

    private final Function<Requirements, Expression> values;

    ArrayExpressions(Function<Requirements, Expression> values) {
        this.values = values;
    }

    Expression of(Shape.Array array) {
        int counted = Math.max(array.first().size(),
                Math.max(array.min(), array.max() == Regex.UNLIMITED ? 0 : array.max()));
        if (array.contained().size() > 1) {
            throw new GrammarTooLargeException("JSON schema: an array may have one contains only");
        }
        if (array.min() > MOST_COUNTED) {
            throw new GrammarTooLargeException("JSON schema: expected at most " + MOST_COUNTED
                    + " as minItems, found " + array.min());
        }
        if (!array.contained().isEmpty()) {
            return containing(array, counted);
        }
        // Behind the first items all are alike, so that they can be repeated.
        int different = Math.min(array.first().size() + 1, array.max());
        int least = Math.max(array.min() - different, 0);
        int most = array.max() == Regex.UNLIMITED ? array.max() : array.max() - different;
        if (most != Regex.UNLIMITED && most > MOST_COUNTED) {
            // As many cannot be counted, and a text does not become so long: it ends earlier.
            most = MOST_COUNTED;
        }
        Expression end = different <= array.first().size() || array.rest().equals(Requirements.NEVER)
                ? Expression.EMPTY
                : new Expression.Repeat(Expression.apart(COMMA, values.apply(array.rest())), least, most);
        for (int i = different - 1; i >= 0; i--) {
            Expression item = values.apply(array.item(i));
            Expression present = i == 0 ? Expression.apart(item, end) : Expression.apart(COMMA, item, end);
            end = i < array.min() ? present : new Expression.Choice(List.of(present, Expression.EMPTY));
        }
        return Expression.apart(OPEN, end, CLOSE);
    }

    /** One item at least is what {@code contained} says: two rows of states, before it and behind. */
    private Expression containing(Shape.Array array, int counted) {
        if (counted > MOST_COUNTED) {
            throw new GrammarTooLargeException("JSON schema: expected at most " + MOST_COUNTED
                    + " items beside contains, found " + counted);
        }
        Requirements wanted = array.contained().getFirst();
        boolean unlimited = array.max() == Regex.UNLIMITED;
        Expression item = Expression.apart(COMMA, values.apply(array.item(counted)));
        Expression more = unlimited ? new Expression.Repeat(item, 0, Regex.UNLIMITED) : Expression.EMPTY;
        Expression found = more;
        Expression missing = unlimited
                ? Expression.apart(more, COMMA, values.apply(array.item(counted).and(wanted)), more)
                : Expression.NOTHING;
        if (counted == 0) {
            // The first item has no comma before it.
            Expression first = values.apply(array.item(0));
            return Expression.apart(OPEN, new Expression.Choice(List.of(
                    Expression.apart(values.apply(array.item(0).and(wanted)), more),
                    Expression.apart(first, missing))), CLOSE);
        }
        for (int i = counted - 1; i >= 0; i--) {
            Expression comma = i == 0 ? Expression.EMPTY : COMMA;
            Expression any = values.apply(array.item(i));
            List<Expression> ways = new ArrayList<>(List.of(Expression.apart(comma, any, missing),
                    Expression.apart(comma, values.apply(array.item(i).and(wanted)), found)));
            missing = new Expression.Choice(ways);
            Expression behind = Expression.apart(comma, any, found);
            found = i < array.min() ? behind : new Expression.Choice(List.of(behind, Expression.EMPTY));
        }
        return Expression.apart(OPEN, missing, CLOSE);
    }
}
