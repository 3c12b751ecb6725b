package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Statement.MacroBody;
import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Callable;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A part of a template that can be called, with the variables around its definition. */
record Macro(String name, MacroBody body, Scope outer, Interpreter interpreter,
        Evaluator evaluator) implements Callable {
    @Override
    public Value call(Run run, Arguments arguments) {
        List<String> parameters = body.parameters();
        List<Value> given = arguments.positional();
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        Scope scope = new Scope(outer);
        int firstDefault = parameters.size() - body.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            Value value = i < given.size() ? given.get(i) : named.remove(parameter);
            if (value == null) {
                value = i < firstDefault
                        ? new Undefined("parameter '" + parameter + "' was not provided", false)
                        : evaluator.evaluate(body.defaults().get(i - firstDefault), scope);
            }
            scope.set(parameter, value);
        }
        if (asksFor("caller")) {
            Value caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined", false) : caller);
        }
        if (asksFor("kwargs")) {
            Dict rest = new Dict();
            named.forEach((key, value) -> rest.put(Text.of(key, Text.OUTSIDE), value, run.budget()));
            scope.set("kwargs", rest);
        } else if (!named.isEmpty()) {
            throw Failure.runtime("macro '" + name + "' takes no keyword argument '" + named.keySet().iterator().next()
                    + "'");
        }
        if (asksFor("varargs")) {
            scope.set("varargs", new TupleOf(given.subList(Math.min(given.size(), parameters.size()), given.size())));
        } else if (given.size() > parameters.size()) {
            throw Failure.runtime("macro '" + name + "' takes not more than " + parameters.size() + " argument(s)");
        }
        return interpreter.write(body.body(), scope);
    }

    private boolean asksFor(String variable) {
        return body.names().contains(variable) && !body.parameters().contains(variable);
    }

    @Override
    public Optional<Value> attribute(String attribute) {
        return switch (attribute) {
            case "name" -> Optional.of(Text.of(name));
            case "arguments" -> Optional
                    .of(new TupleOf(body.parameters().stream().map(parameter -> (Value) Text.of(parameter)).toList()));
            case "catch_kwargs" -> Optional.of(Bool.of(asksFor("kwargs")));
            case "catch_varargs" -> Optional.of(Bool.of(asksFor("varargs")));
            case "caller" -> Optional.of(Bool.of(body.names().contains("caller")));
            default -> Optional.empty();
        };
    }

    @Override
    public String representation() {
        return "<Macro '" + name + "'>";
    }
}
