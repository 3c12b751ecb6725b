package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Expression.FilterCall;
import dev.cria.chat.jinja.Statement.Branch;
import dev.cria.chat.jinja.Statement.Target;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Does what statements say, and collects what they write. */
final class Interpreter {
    /** How a part of the template was left. */
    private enum Exit {
        END, BREAK, CONTINUE
    }

    private final Run run;
    private final Evaluator evaluator;

    Interpreter(Run run, Evaluator evaluator) {
        this.run = run;
        this.evaluator = evaluator;
    }

    /** {@return what statements write} */
    Text write(List<Statement> statements, Scope scope) {
        TextBuilder out = new TextBuilder(run.budget());
        execute(statements, scope, out);
        return out.toText();
    }

    private Exit execute(List<Statement> statements, Scope scope, TextBuilder out) {
        run.budget().enter();
        Exit exit = Exit.END;
        for (Statement statement : statements) {
            exit = execute(statement, scope, out);
            if (exit != Exit.END) {
                break;
            }
        }
        run.budget().leave();
        return exit;
    }

    private Exit execute(Statement statement, Scope scope, TextBuilder out) {
        run.budget().spend(1);
        switch (statement) {
            case Statement.Data(Text text) -> out.append(text);
            case Statement.Print(Expression value) -> print(evaluator.evaluate(value, scope), out);
            case Statement.If(List<Branch> branches, List<Statement> otherwise) -> {
                for (Branch branch : branches) {
                    if (evaluator.isTrue(branch.condition(), scope)) {
                        return execute(branch.body(), scope, out);
                    }
                }
                return execute(otherwise, scope, out);
            }
            case Statement.For loop -> {
                Value items = evaluator.evaluate(loop.items(), scope);
                evaluator.at(loop.items().at());
                return loop(loop, items, scope, out, 0);
            }
            case Statement.Break() -> {
                return Exit.BREAK;
            }
            case Statement.Continue() -> {
                return Exit.CONTINUE;
            }
            case Statement.Set(int at, Target target, Expression expression) -> {
                Value value = evaluator.evaluate(expression, scope);
                evaluator.at(at);
                assign(target, value, scope);
            }
            case Statement.SetBlock(int at, Target target, List<FilterCall> filters, List<Statement> body) -> {
                TextBuilder inner = new TextBuilder(run.budget());
                Exit exit = execute(body, new Scope(scope), inner);
                if (exit != Exit.END) {
                    return exit;
                }
                Value value = filtered(inner.toText(), filters, scope);
                evaluator.at(at);
                assign(target, value, scope);
            }
            case Statement.With(List<Target> targets, List<Expression> values, List<Statement> body) -> {
                Scope inner = new Scope(scope);
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), evaluator.evaluate(values.get(i), scope), inner);
                }
                return execute(body, inner, out);
            }
            case Statement.MacroDefinition macro -> scope.set(macro.name(),
                    new Macro(macro.name(), macro.body(), scope, this, evaluator));
            case Statement.CallBlock block -> call(block, scope, out);
            case Statement.FilterBlock(List<FilterCall> filters, List<Statement> body) -> {
                TextBuilder inner = new TextBuilder(run.budget());
                Exit exit = execute(body, new Scope(scope), inner);
                if (exit != Exit.END) {
                    return exit;
                }
                print(filtered(inner.toText(), filters, scope), out);
            }
            case Statement.Scoped(boolean isolated, List<Statement> body) -> {
                return execute(body, new Scope(isolated ? scope.outermost() : scope), out);
            }
            case Statement.Loading(int at) -> {
                evaluator.at(at);
                throw Failure.runtime("a chat template cannot use other templates");
            }
        }
        return Exit.END;
    }

    private void print(Value value, TextBuilder out) {
        out.append(PythonText.str(value, run.budget()));
    }

    private Value filtered(Value text, List<FilterCall> filters, Scope scope) {
        Value value = text;
        for (FilterCall filter : filters) {
            value = evaluator.filter(filter, value, scope);
        }
        return value;
    }

    private void call(Statement.CallBlock block, Scope scope, TextBuilder out) {
        Value callee = evaluator.evaluate(block.call().callee(), scope);
        Arguments arguments = evaluator.arguments(block.call().arguments(), scope);
        Arguments all = arguments.with("caller", new Macro("caller", block.caller(), scope, this, evaluator));
        print(evaluator.call(block.call(), callee, all), out);
    }

    /** {@return what a loop writes for other items than those that it was begun with} */
    private Text recurse(Statement.For loop, Value items, Scope scope, int depth) {
        TextBuilder out = new TextBuilder(run.budget());
        loop(loop, items, scope, out, depth);
        return out.toText();
    }

    private Exit loop(Statement.For statement, Value items, Scope scope, TextBuilder out, int depth) {
        Iterator<Value> iterator = Iteration.over(items, run.budget());
        if (statement.condition().isPresent()) {
            Expression condition = statement.condition().get();
            iterator = new Lazy(iterator, run.budget(), item -> {
                Scope inner = new Scope(scope);
                assign(statement.target(), item, inner);
                return evaluator.isTrue(condition, inner);
            });
        }
        Loop loop = new Loop(iterator, statement.condition().isEmpty() && Iteration.hasLength(items)
                ? Iteration.length(items)
                : -1, depth,
                statement.recursive()
                        ? Optional.of(others -> recurse(statement, others, scope, depth + 1))
                        : Optional.empty());
        boolean completed = false;
        Exit exit = Exit.END;
        while (exit != Exit.BREAK && loop.next()) {
            Scope inner = new Scope(scope);
            inner.set("loop", loop);
            assign(statement.target(), loop.current(), inner);
            exit = execute(statement.body(), inner, out);
            completed |= exit == Exit.END;
        }
        // as in Jinja2, also where every turn was left before its end
        return completed ? Exit.END : execute(statement.otherwise(), new Scope(scope), out);
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.NamespaceAttribute(int at, String name, String attribute) -> {
                if (!(scope.get(name) instanceof Namespace namespace)) {
                    evaluator.at(at);
                    throw Failure.runtime("cannot assign attribute on non-namespace object");
                }
                namespace.set(attribute, value);
            }
            case Target.Several(int at, List<Target> targets) -> {
                evaluator.at(at);
                if (!Iteration.isIterable(value)) {
                    throw Failure.runtime("cannot unpack non-iterable " + Types.name(value) + " object");
                }
                List<Value> values = Iteration.toList(value, run.budget());
                if (values.size() != targets.size()) {
                    throw Failure.runtime(values.size() > targets.size()
                            ? "too many values to unpack (expected " + targets.size() + ")"
                            : "not enough values to unpack (expected " + targets.size() + ", got " + values.size()
                                    + ")");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }
}
