package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.ListOf;
import dev.cria.chat.jinja.Value.TupleOf;
import dev.cria.chat.jinja.Value.Undefined;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Python's operators between any two values. */
enum Arithmetic {
    ADD("+") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.add(a, b);
        }

        @Override
        Optional<Value> others(Value a, Value b, Run run) {
            if (a instanceof Text x && b instanceof Text y) {
                return Optional.of(Html.concatenate(x, y, run.budget()));
            }
            if (a instanceof ListOf(List<Value> x) && b instanceof ListOf(List<Value> y)) {
                return Optional.of(new ListOf(joined(x, y, run.budget())));
            }
            if (a instanceof TupleOf x && b instanceof TupleOf y) {
                return Optional.of(new TupleOf(joined(x.items(), y.items(), run.budget())));
            }
            return Optional.empty();
        }

        @Override
        String message(Value a, Value b) {
            return switch (a) {
                case Text _ -> "can only concatenate str (not \"" + Types.name(b) + "\") to str";
                case ListOf _ -> "can only concatenate list (not \"" + Types.name(b) + "\") to list";
                case TupleOf _ -> "can only concatenate tuple (not \"" + Types.name(b) + "\") to tuple";
                default -> super.message(a, b);
            };
        }
    },
    SUBTRACT("-") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.subtract(a, b);
        }
    },
    MULTIPLY("*") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.multiply(a, b);
        }

        @Override
        Optional<Value> others(Value a, Value b, Run run) {
            Optional<BigInteger> times = Numbers.integer(b);
            return times.isPresent()
                    ? repeated(a, times.get(), run.budget())
                    : Numbers.integer(a).flatMap(count -> repeated(b, count, run.budget()));
        }

        @Override
        String message(Value a, Value b) {
            return isSequence(a)
                    ? "can't multiply sequence by non-int of type '" + Types.name(b) + "'"
                    : isSequence(b)
                            ? "can't multiply sequence by non-int of type '" + Types.name(a) + "'"
                            : super.message(a, b);
        }
    },
    DIVIDE("/") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.divide(a, b);
        }
    },
    FLOOR_DIVIDE("//") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.floorDivide(a, b);
        }
    },
    MODULO("%") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.modulo(a, b);
        }

        @Override
        Optional<Value> others(Value a, Value b, Run run) {
            return a instanceof Text format
                    ? Optional.of(new PercentFormat(run, format, b).apply())
                    : Optional.empty();
        }
    },
    POWER("**") {
        @Override
        Value numbers(Value a, Value b) {
            return Numbers.power(a, b);
        }

        @Override
        String message(Value a, Value b) {
            return "unsupported operand type(s) for ** or pow(): '" + Types.name(a) + "' and '" + Types.name(b) + "'";
        }
    };

    private final String symbol;

    Arithmetic(String symbol) {
        this.symbol = symbol;
    }

    final Value apply(Value a, Value b, Run run) {
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return numbers(a, b);
        }
        if (a instanceof Undefined || (b instanceof Undefined && !(this == MODULO && a instanceof Text))) {
            Types.requireDefined(a);
            Types.requireDefined(b);
        }
        return others(a, b, run).orElseThrow(() -> Failure.runtime(message(a, b)));
    }

    abstract Value numbers(Value a, Value b);

    /** {@return the result for values that are not both numbers, where there is one} */
    Optional<Value> others(Value a, Value b, Run run) {
        return Optional.empty();
    }

    String message(Value a, Value b) {
        return "unsupported operand type(s) for " + symbol + ": '" + Types.name(a) + "' and '" + Types.name(b) + "'";
    }

    private static List<Value> joined(List<Value> a, List<Value> b, Budget budget) {
        budget.spendElements((long) a.size() + b.size());
        List<Value> all = new ArrayList<>(a.size() + b.size());
        all.addAll(a);
        all.addAll(b);
        return all;
    }

    private static boolean isSequence(Value value) {
        return value instanceof Text || value instanceof ListOf || value instanceof TupleOf;
    }

    private static Optional<Value> repeated(Value value, BigInteger count, Budget budget) {
        long times = count.min(BigInteger.valueOf(Integer.MAX_VALUE)).max(BigInteger.ZERO).longValue();
        return switch (value) {
            case Text text -> {
                budget.spendText(text.characters().length() * times, 0);
                TextBuilder all = new TextBuilder(budget);
                for (long i = 0; i < times && !text.isEmpty(); i++) {
                    all.append(text);
                }
                yield Optional.of(all.toText().asMarkup(text.isMarkup()));
            }
            case ListOf(List<Value> items) -> Optional.of(new ListOf(repeated(items, times, budget)));
            case TupleOf tuple -> Optional.of(new TupleOf(repeated(tuple.items(), times, budget)));
            default -> Optional.empty();
        };
    }

    private static List<Value> repeated(List<Value> items, long times, Budget budget) {
        budget.spendElements(items.size() * times);
        List<Value> all = new ArrayList<>();
        for (long i = 0; i < times && !items.isEmpty(); i++) {
            all.addAll(items);
        }
        return all;
    }
}
