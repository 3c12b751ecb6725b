package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Expression.CallArguments;
import dev.cria.chat.jinja.Expression.Comparand;
import dev.cria.chat.jinja.Expression.FilterCall;
import dev.cria.chat.jinja.Expression.Named;
import dev.cria.chat.jinja.Expression.Operator;
import dev.cria.chat.jinja.Expression.Pair;
import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Callable;
import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.None;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the values of expressions. */
final class Evaluator {
    private final Run run;
    /** Where in the template the latest thing was done that may fail. */
    private int at;

    Evaluator(Run run) {
        this.run = run;
    }

    /** {@return where in the template the latest thing was done that may fail} */
    int at() {
        return at;
    }

    /** Says where the next thing is done that may fail. */
    void at(int position) {
        at = position;
    }

    Value evaluate(Expression expression, Scope scope) {
        run.budget().enter();
        Value value = switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.Attribute attribute -> {
                Value of = evaluate(attribute.value(), scope);
                at = attribute.at();
                yield Attributes.attribute(of, attribute.name(), run);
            }
            case Expression.Item item -> {
                Value of = evaluate(item.value(), scope);
                Value key = evaluate(item.key(), scope);
                at = item.at();
                yield Attributes.item(of, key, run);
            }
            case Expression.SliceOf slice -> {
                Value of = evaluate(slice.value(), scope);
                Slice bounds = new Slice(bound(slice.start(), scope), bound(slice.stop(), scope),
                        bound(slice.step(), scope));
                at = slice.at();
                yield bounds.of(of, run.budget());
            }
            case Expression.Call call -> {
                Value callee = evaluate(call.callee(), scope);
                yield call(call, callee, arguments(call.arguments(), scope));
            }
            case Expression.Filtered filtered -> filter(filtered.filter(), evaluate(filtered.value(), scope), scope);
            case Expression.Tested tested -> Bool.of(test(tested, scope));
            case Expression.Not not -> Bool.of(!isTrue(not.value(), scope));
            case Expression.And and -> {
                Value left = evaluate(and.left(), scope);
                yield Types.isTrue(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Value left = evaluate(or.left(), scope);
                yield Types.isTrue(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Signed signed -> sign(signed, evaluate(signed.value(), scope));
            case Expression.Calculation calculation -> {
                Value left = evaluate(calculation.left(), scope);
                Value right = evaluate(calculation.right(), scope);
                at = calculation.at();
                yield calculation.operator().apply(left, right, run);
            }
            case Expression.Concatenation concatenation -> {
                TextBuilder text = new TextBuilder(run.budget());
                for (Expression part : concatenation.parts()) {
                    text.append(PythonText.str(evaluate(part, scope), run.budget()));
                }
                yield text.toText();
            }
            case Expression.Comparisons comparisons -> Bool.of(compare(comparisons, scope));
            case Expression.Conditional conditional -> isTrue(conditional.condition(), scope)
                    ? evaluate(conditional.then(), scope)
                    : conditional.otherwise().map(otherwise -> evaluate(otherwise, scope)).orElseGet(
                            () -> new Undefined("the inline if-expression evaluated to false"
                                    + " and no else section was defined.", false));
            case Expression.ListLiteral list -> new ListOf(all(list.items(), scope));
            case Expression.TupleLiteral tuple -> new TupleOf(all(tuple.items(), scope));
            case Expression.DictLiteral dictionary -> {
                Dict dict = new Dict();
                for (Pair pair : dictionary.pairs()) {
                    Value key = evaluate(pair.key(), scope);
                    Value item = evaluate(pair.value(), scope);
                    at = dictionary.at();
                    dict.put(key, item, run.budget());
                }
                run.budget().spendElements(dict.size());
                yield dict;
            }
        };
        run.budget().leave();
        return value;
    }

    boolean isTrue(Expression expression, Scope scope) {
        return Types.isTrue(evaluate(expression, scope));
    }

    private List<Value> all(List<Expression> expressions, Scope scope) {
        run.budget().spendElements(expressions.size());
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Value bound(Optional<Expression> bound, Scope scope) {
        return bound.isPresent() ? evaluate(bound.get(), scope) : None.NONE;
    }

    private Value sign(Expression.Signed signed, Value value) {
        at = signed.at();
        Types.requireDefined(value);
        if (!Numbers.isNumber(value)) {
            throw Failure.runtime("bad operand type for unary " + (signed.negative() ? "-" : "+") + ": '"
                    + Types.name(value) + "'");
        }
        return signed.negative() ? Numbers.negate(value) : Numbers.add(value, Value.Int.of(0));
    }

    private boolean compare(Expression.Comparisons comparisons, Scope scope) {
        Value left = evaluate(comparisons.first(), scope);
        for (Comparand next : comparisons.others()) {
            Value right = evaluate(next.right(), scope);
            at = comparisons.at();
            boolean holds = switch (next.operator()) {
                case Operator.Equal(boolean wanted) -> Comparison.equal(left, right, run.budget()) == wanted;
                case Operator.In(boolean wanted) -> Comparison.contains(right, left, run.budget()) == wanted;
                case Operator.Ordered(Comparison.Order order) -> Comparison.holds(order, left, right, run.budget());
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    Value call(Expression.Call call, Value callee, Arguments arguments) {
        at = call.at();
        Types.requireDefined(callee);
        if (!(callee instanceof Callable callable)) {
            throw Failure.runtime("'" + Types.name(callee) + "' object is not callable");
        }
        return callable.call(run, arguments);
    }

    Arguments arguments(CallArguments call, Scope scope) {
        if (call == CallArguments.NONE) {
            return Arguments.NONE;
        }
        List<Value> positional = all(call.positional(), scope);
        Map<String, Value> named = new LinkedHashMap<>();
        for (Named argument : call.named()) {
            add(named, argument.name(), evaluate(argument.value(), scope));
        }
        if (call.sequence().isPresent()) {
            positional.addAll(Iteration.toList(evaluate(call.sequence().get(), scope), run.budget()));
        }
        if (call.dictionary().isPresent()) {
            if (!(evaluate(call.dictionary().get(), scope) instanceof Dict dict)) {
                throw Failure.runtime("argument after ** must be a mapping");
            }
            for (Dict.Entry entry : dict.entries()) {
                if (!(entry.key() instanceof Text name)) {
                    throw Failure.runtime("keywords must be strings");
                }
                add(named, name.characters(), entry.value());
            }
        }
        return new Arguments(positional, named);
    }

    private static void add(Map<String, Value> named, String name, Value value) {
        if (named.put(name, value) != null) {
            throw Failure.runtime("keyword argument repeated: " + name);
        }
    }

    Value filter(FilterCall call, Value value, Scope scope) {
        Arguments arguments = arguments(call.arguments(), scope);
        at = call.at();
        return Filters.named(call.name())
                .orElseThrow(() -> Failure.runtime("No filter named '" + call.name() + "' found."))
                .apply(run, value, arguments);
    }

    private boolean test(Expression.Tested tested, Scope scope) {
        Value value = evaluate(tested.value(), scope);
        Arguments arguments = arguments(tested.arguments(), scope);
        at = tested.at();
        return Tests.named(tested.test())
                .orElseThrow(() -> Failure.runtime("No test named '" + tested.test() + "' found."))
                .holds(run, value, arguments);
    }
}
