package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.None;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of a function that is built in.
 *
 * @param function its name, for messages
 * @param required how many of the parameters must be given
 * @param parameters their names; an empty name cannot be used by a caller
 */
record Signature(String function, int required, List<String> parameters) {
    static Signature of(String function, int required, String... parameters) {
        return new Signature(function, required, List.of(parameters));
    }

    /** {@return the parameters of a function whose arguments have no names} */
    static Signature positional(String function, int required, int most) {
        String[] names = new String[most];
        Arrays.fill(names, "");
        return of(function, required, names);
    }

    /** {@return arguments by parameter} */
    Bound bind(Arguments arguments) {
        List<Value> given = arguments.positional();
        if (given.size() > parameters.size()) {
            throw Failure.runtime(function + "() takes at most " + parameters.size() + " arguments, not "
                    + given.size());
        }
        List<Optional<Value>> values = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            values.add(i < given.size() ? Optional.of(given.get(i)) : Optional.empty());
        }
        for (Map.Entry<String, Value> argument : arguments.named().entrySet()) {
            int at = parameters.indexOf(argument.getKey());
            if (at < 0 || argument.getKey().isEmpty()) {
                throw Failure.runtime(function + "() got an unexpected keyword argument '" + argument.getKey() + "'");
            }
            if (values.set(at, Optional.of(argument.getValue())).isPresent()) {
                throw Failure.runtime(function + "() got multiple values for argument '" + argument.getKey() + "'");
            }
        }
        for (int i = 0; i < required; i++) {
            if (values.get(i).isEmpty()) {
                throw Failure.runtime(function + "() needs at least " + required + " arguments"
                        + (parameters.get(i).isEmpty() ? "" : "; '" + parameters.get(i) + "' is missing"));
            }
        }
        return new Bound(function, values);
    }

    /** The arguments of one call. */
    record Bound(String function, List<Optional<Value>> values) {
        Optional<Value> get(int parameter) {
            return values.get(parameter);
        }

        /** {@return an argument, if it is given and not None} */
        Optional<Value> unlessNone(int parameter) {
            return get(parameter).filter(value -> value != None.NONE);
        }

        Value required(int parameter) {
            return get(parameter).orElseThrow();
        }

        boolean flag(int parameter) {
            return get(parameter).map(Types::isTrue).orElse(false);
        }

        int integer(int parameter, int fallback) {
            return get(parameter).map(Bound::integer).orElse(fallback);
        }

        Text text(int parameter) {
            if (required(parameter) instanceof Text text) {
                return text;
            }
            Types.requireDefined(required(parameter));
            throw Failure.runtime(function + "() argument " + (parameter + 1) + " must be str, not "
                    + Types.name(required(parameter)));
        }

        /** {@return a value as an index, limited to what an index can be} */
        static int integer(Value value) {
            BigInteger number = Numbers.integer(value).orElseThrow(() -> Failure
                    .runtime("'" + Types.name(value) + "' object cannot be interpreted as an integer"));
            return number.max(BigInteger.valueOf(-Integer.MAX_VALUE)).min(BigInteger.valueOf(Integer.MAX_VALUE))
                    .intValue();
        }
    }
}
