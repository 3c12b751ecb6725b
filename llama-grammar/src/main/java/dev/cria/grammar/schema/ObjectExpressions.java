package dev.cria.grammar.schema;

import dev.cria.grammar.error.GrammarTooLargeException;
import dev.cria.grammar.error.UnsupportedSchemaException;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import dev.cria.grammar.syntax.Expression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes objects as expressions. Named members come in their order; behind them, in any order, those whose names are
 * only required and all others. What may follow depends on how much of that has been written, so there is an expression
 * for each such state, shared by all ways that lead to it.
 */
final class ObjectExpressions {
    private static final int MOST_IN_ANY_ORDER = 8;
    private static final int MOST_STATES = 20_000;
    private static final Expression OPEN = new Expression.Terminal(JsonTexts.regex("\\{"));
    private static final Expression CLOSE = new Expression.Terminal(JsonTexts.regex("\\}"));

    private final Shapes shapes;
    private final boolean anyOrder;
    private final Function<Requirements, Expression> values;

    ObjectExpressions(Shapes shapes, boolean anyOrder, Function<Requirements, Expression> values) {
        this.shapes = shapes;
        this.anyOrder = anyOrder;
        this.values = values;
    }

    Expression of(Shape.Members members) {
        Map<String, Requirements> ordered = new LinkedHashMap<>(members.named());
        Map<String, Requirements> free = new LinkedHashMap<>();
        for (String name : members.required()) {
            if (!ordered.containsKey(name)) {
                free.put(name, shapes.value(members, name));
            }
        }
        Set<String> known = new HashSet<>(ordered.keySet());
        known.addAll(free.keySet());
        if (anyOrder) {
            free.putAll(ordered);
            ordered.clear();
            if (free.size() > MOST_IN_ANY_ORDER) {
                throw new GrammarTooLargeException("JSON schema: an object in any order may have at most "
                        + MOST_IN_ANY_ORDER + " named members, found " + free.size());
            }
        } else if (free.size() > MOST_IN_ANY_ORDER) {
            ordered.putAll(free);
            free.clear();
        }
        ordered.values().removeIf(Requirements.NEVER::equals);
        free.values().removeIf(Requirements.NEVER::equals);
        return Expression.apart(OPEN, new States(members, ordered, free, known).from(0, free.keySet(), 0), CLOSE);
    }

    /** The states of one object. */
    private final class States {
        private record State(int index, Set<String> missing, int count) {}

        private final List<String> order;
        private final Map<String, Requirements> named;
        private final Set<String> required;
        private final List<Expression> first = new ArrayList<>();
        private final List<Expression> next = new ArrayList<>();
        private final int min;
        private final int max;
        private final int counted;
        private final Map<State, Expression> known = new HashMap<>();

        States(Shape.Members members, Map<String, Requirements> ordered, Map<String, Requirements> free,
                Set<String> names) {
            this.order = List.copyOf(ordered.keySet());
            this.named = new HashMap<>(ordered);
            named.putAll(free);
            this.required = members.required();
            for (Shape.Others others : members.others()) {
                Regex rest = Shapes.except(others.names(), names);
                if (!shapes.isEmpty(rest)) {
                    Regex key = Regex.sequence(JsonTexts.QUOTE, rest, JsonTexts.QUOTE, JsonTexts.COLON);
                    Expression value = values.apply(others.value());
                    first.add(Expression.apart(new Expression.Terminal(key), value));
                    next.add(Expression.apart(new Expression.Terminal(JsonTexts.COMMA), new Expression.Terminal(key),
                            value));
                }
            }
            this.max = members.max() >= named.size() && first.isEmpty() ? Regex.UNLIMITED : members.max();
            this.min = members.min() <= required.size() ? 0 : members.min();
            if (min > 1 && !first.isEmpty()) {
                throw new UnsupportedSchemaException("minProperties", "",
                        "names that the schema does not list may be repeated, so they cannot be counted");
            }
            this.counted = Math.max(1, max == Regex.UNLIMITED ? min : max);
            if ((long) counted * (order.size() + 1) > MOST_STATES) {
                throw new GrammarTooLargeException("JSON schema: members of an object are counted to " + counted
                        + ", which needs more than " + MOST_STATES + " states");
            }
        }

        /**
         * What may follow.
         *
         * @param index number of ordered members that were written or left out
         * @param missing members in any order that were not written
         * @param count number of members written, at most as far as they are counted
         */
        Expression from(int index, Set<String> missing, int count) {
            State state = new State(index, Set.copyOf(missing), count);
            Expression found = known.get(state);
            if (found == null) {
                if (known.size() > MOST_STATES) {
                    throw new GrammarTooLargeException("JSON schema: an object needs more than " + MOST_STATES
                            + " states");
                }
                found = index < order.size() ? ordered(index, missing, count) : unordered(missing, count);
                known.put(state, found);
            }
            return found;
        }

        private boolean isFull(int count) {
            return max != Regex.UNLIMITED && count >= max;
        }

        private int more(int count) {
            return Math.min(count + 1, counted);
        }

        private Expression ordered(int index, Set<String> missing, int count) {
            String name = order.get(index);
            List<Expression> ways = new ArrayList<>();
            if (!isFull(count)) {
                ways.add(member(name, count, from(index + 1, missing, more(count))));
            }
            if (!required.contains(name)) {
                ways.add(from(index + 1, missing, count));
            }
            return new Expression.Choice(ways);
        }

        private Expression member(String name, int count, Expression behind) {
            Regex key = Regex.sequence(count == 0 ? Regex.EMPTY : JsonTexts.COMMA, JsonTexts.QUOTE,
                    TextEncoding.JSON_STRING.literal(name), JsonTexts.QUOTE, JsonTexts.COLON);
            return Expression.apart(new Expression.Terminal(key), values.apply(named.getOrDefault(name,
                    Requirements.NEVER)), behind);
        }

        private Expression unordered(Set<String> missing, int count) {
            boolean loops = count >= counted && max == Regex.UNLIMITED;
            List<Expression> ways = new ArrayList<>();
            if (count >= min && missing.stream().noneMatch(required::contains)) {
                ways.add(Expression.EMPTY);
            }
            if (!isFull(count)) {
                for (String name : missing) {
                    Set<String> left = new HashSet<>(missing);
                    left.remove(name);
                    ways.add(member(name, count, from(order.size(), left, more(count))));
                }
                if (!loops && !first.isEmpty()) {
                    ways.add(Expression.apart(new Expression.Choice(count == 0 ? first : next),
                            from(order.size(), missing, more(count))));
                }
            }
            Expression rest = new Expression.Choice(ways);
            return loops && !next.isEmpty()
                    ? Expression.apart(new Expression.Repeat(new Expression.Choice(next), 0, Regex.UNLIMITED), rest)
                    : rest;
        }
    }
}
