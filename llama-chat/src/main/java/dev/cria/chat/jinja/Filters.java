package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Signature.Bound;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.Real;
import dev.cria.chat.jinja.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The filters by name, and those of them that take any value or numbers. */
final class Filters {
    /** A filter. */
    interface Filter {
        Value apply(Run run, Value value, Arguments arguments);
    }

    /** A filter, with what it is called with by parameter. */
    interface BoundFilter {
        Value apply(Run run, Value value, Bound arguments);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {}

    /** {@return the filter of a name} */
    static Optional<Filter> named(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    static Filter bound(Signature signature, BoundFilter filter) {
        return (run, value, arguments) -> filter.apply(run, value, signature.bind(arguments));
    }

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        TextFilters.addTo(all);
        SequenceFilters.addTo(all);
        Filter standIn = bound(Signature.of("default", 0, "default_value", "boolean"),
                (run, value, a) -> value instanceof Undefined || (a.flag(1) && !Types.isTrue(value))
                        ? a.get(0).orElse(Text.EMPTY)
                        : value);
        all.put("default", standIn);
        all.put("d", standIn);
        all.put("string", bound(Signature.positional("string", 0, 0),
                (run, value, a) -> PythonText.str(value, run.budget())));
        all.put("tojson", (run, value, arguments) -> Json.write(run, value, arguments));
        all.put("attr", bound(Signature.of("attr", 1, "name"), (run, value, a) -> {
            String name = a.text(0).characters();
            return Attributes.own(value, name).orElseGet(() -> new Undefined(
                    "'" + Types.name(value) + " object' has no attribute '" + Types.shortened(name) + "'", false));
        }));
        all.put("abs", bound(Signature.positional("abs", 0, 0), (run, value, a) -> {
            requireNumber(value, "bad operand type for abs(): '" + Types.name(value) + "'");
            return Numbers.absolute(value);
        }));
        all.put("round", bound(Signature.of("round", 0, "precision", "method"), (run, value, a) -> round(run, value,
                a)));
        all.put("int", bound(Signature.of("int", 0, "default", "base"), (run, value, a) -> integer(read(run, value),
                a.integer(1, 10)).<Value>map(Int::new).or(() -> a.get(0)).orElse(Int.of(0))));
        all.put("float", bound(Signature.of("float", 0, "default"), (run, value, a) -> real(read(run, value))
                .<Value>map(Real::new).or(() -> a.get(0)).orElse(new Real(0))));
        all.put("filesizeformat", bound(Signature.of("filesizeformat", 0, "binary"),
                (run, value, a) -> Text.of(fileSize(value, a.flag(0), run.budget()))));
        return all;
    }

    private static void requireNumber(Value value, String message) {
        if (!Numbers.isNumber(value)) {
            throw Failure.runtime(message);
        }
    }

    private static Value round(Run run, Value value, Bound arguments) {
        int precision = arguments.integer(0, 0);
        String method = arguments.get(1).isEmpty() ? "common" : arguments.text(1).characters();
        if (!List.of("common", "ceil", "floor").contains(method)) {
            throw Failure.runtime("method must be common, ceil or floor");
        }
        requireNumber(value, "type " + Types.name(value) + " doesn't define __round__ method");
        if (method.equals("common")) {
            return Numbers.round(value, precision, run.budget());
        }
        Value scale = Arithmetic.POWER.apply(Int.of(10), Int.of(precision), run);
        Value scaled = Numbers.multiply(value, scale);
        if (scaled instanceof Real(double number)) {
            if (!Double.isFinite(number)) {
                throw Failure.runtime("cannot convert float " + Numbers.write(number) + " to integer");
            }
            double whole = method.equals("ceil") ? Math.ceil(number) : Math.floor(number);
            scaled = new Int(new BigDecimal(whole).toBigInteger());
        }
        return Numbers.divide(scaled, scale);
    }

    /** Pays for reading a number from a text. */
    private static Value read(Run run, Value value) {
        if (value instanceof Text text) {
            run.budget().spendText(text.characters().length(), 0);
        }
        return value;
    }

    private static Optional<BigInteger> integer(Value value, int base) {
        Types.requireDefined(value);
        if (value instanceof Text text) {
            requireBase(base);
            return Numbers.readInteger(text.characters(), base)
                    .or(() -> Numbers.readFloat(text.characters()).flatMap(number -> Double.isFinite(number)
                            ? Optional.of(new BigDecimal(number).toBigInteger())
                            : Optional.empty()));
        }
        if (value instanceof Real(double number)) {
            if (Double.isInfinite(number)) {
                throw Failure.runtime("cannot convert float infinity to integer");
            }
            return Double.isNaN(number) ? Optional.empty() : Optional.of(new BigDecimal(number).toBigInteger());
        }
        return Numbers.integer(value);
    }

    private static void requireBase(int base) {
        if (base != 0 && (base < Character.MIN_RADIX || base > Character.MAX_RADIX)) {
            throw Failure.runtime("int() base must be >= 2 and <= 36, or 0");
        }
    }

    private static Optional<Double> real(Value value) {
        Types.requireDefined(value);
        return value instanceof Text text
                ? Numbers.readFloat(text.characters())
                : Numbers.isNumber(value) ? Optional.of(Numbers.toDouble(value)) : Optional.empty();
    }

    private static String fileSize(Value value, boolean binary, Budget budget) {
        double bytes = real(value)
                .orElseThrow(() -> Failure.runtime("could not convert to float: '" + Types.name(value) + "'"));
        int base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return "1 Byte";
        }
        if (!(bytes >= base)) {
            return new BigDecimal(bytes).toBigInteger() + " Bytes";
        }
        double unit = base;
        String prefixes = "kMGTPEZY";
        int prefix = 0;
        while (bytes >= unit * base && prefix + 1 < prefixes.length()) {
            unit *= base;
            prefix++;
        }
        String name = prefixes.substring(prefix, prefix + 1);
        return Decimals.write(bytes / unit, 'f', 1, true, budget) + " "
                + (binary ? Characters.upper(name) + "iB" : name + "B");
    }
}
