package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.Real;
import dev.cria.chat.jinja.Value.TupleOf;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code %} between a text and what is put into it. */
final class PercentFormat {
    private static final Pattern FIELD = Pattern.compile("%(?:\\((?<key>[^)]*)\\))?(?<flags>[-+ #0]*)"
            + "(?<width>\\*|\\d{1,9})?(?:\\.(?<precision>\\*|\\d{0,9}))?[hlL]?(?<type>.)", Pattern.DOTALL);

    private final Run run;
    private final Text format;
    private final Value argument;
    private final List<Value> arguments;
    private int next;

    PercentFormat(Run run, Text format, Value argument) {
        this.run = run;
        this.format = format;
        this.argument = argument;
        arguments = argument instanceof TupleOf tuple ? tuple.items() : List.of(argument);
    }

    Text apply() {
        String text = format.characters();
        TextBuilder result = new TextBuilder(run.budget());
        Matcher field = FIELD.matcher(text);
        int from = 0;
        for (int at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
            result.append(format.substring(from, at));
            field.region(at, text.length());
            if (!field.lookingAt()) {
                throw Failure.runtime("incomplete format");
            }
            result.append(field(field));
            from = field.end();
        }
        result.append(format.substring(from));
        boolean isMapping = !(argument instanceof TupleOf) && !(argument instanceof Text)
                && Attributes.hasItems(argument);
        if (next < arguments.size() && !isMapping) {
            throw Failure.runtime("not all arguments converted during string formatting");
        }
        return result.toText().asMarkup(format.isMarkup());
    }

    private Value next() {
        if (next == arguments.size()) {
            throw Failure.runtime("not enough arguments for format string");
        }
        return arguments.get(next++);
    }

    private Value keyed(String key) {
        if (!(argument instanceof Dict dict)) {
            throw Failure.runtime("format requires a mapping");
        }
        return dict.get(Text.of(key), run.budget()).orElseThrow(() -> Failure.runtime("'" + key + "'"));
    }

    private int number(String digits) {
        if (!digits.equals("*")) {
            return digits.isEmpty() ? 0 : Integer.parseInt(digits);
        }
        return Numbers.integer(next()).orElseThrow(() -> Failure.runtime("* wants int"))
                .max(BigInteger.valueOf(Integer.MIN_VALUE / 2)).min(BigInteger.valueOf(Integer.MAX_VALUE / 2))
                .intValue();
    }

    private Text field(Matcher field) {
        String flags = field.group("flags");
        int width = field.group("width") == null ? 0 : number(field.group("width"));
        int precision = field.group("precision") == null ? -1 : Math.max(0, number(field.group("precision")));
        char type = field.group("type").charAt(0);
        if (type == '%') {
            return Text.of("%");
        }
        Value value = field.group("key") == null ? next() : keyed(field.group("key"));
        boolean left = flags.contains("-") || width < 0;
        return switch (type) {
            case 's' -> pad(Text.EMPTY, limited(PythonText.str(value, run.budget()), precision), width, left, false);
            case 'r', 'a' -> pad(Text.EMPTY, limited(Text.of(PythonText.repr(value, run.budget()), Text.OUTSIDE),
                    precision), width, left, false);
            case 'c' -> pad(Text.EMPTY, character(value), width, left, false);
            case 'd', 'i', 'u' -> integer(whole(value, type), 10, "", flags, width, precision, false);
            case 'x', 'X' -> integer(exact(value, type), 16, "0" + type, flags, width, precision, type == 'X');
            case 'o' -> integer(exact(value, type), 8, "0o", flags, width, precision, false);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> real(real(value), type, flags, width, precision);
            default -> throw Failure.runtime("unsupported format character '" + type + "'");
        };
    }

    private static Text limited(Text text, int precision) {
        return precision >= 0 && precision < text.length() ? text.substring(0, text.index(precision)) : text;
    }

    private static Text character(Value value) {
        if (value instanceof Text text && text.length() == 1) {
            return text;
        }
        return Text.of(FormatSpecification.character(Numbers.integer(value)
                .orElseThrow(() -> Failure.runtime("%c requires int or char"))));
    }

    private static BigInteger whole(Value value, char type) {
        if (value instanceof Real(double number) && Double.isFinite(number)) {
            return new BigDecimal(number).toBigInteger();
        }
        Types.requireDefined(value);
        return Numbers.integer(value).orElseThrow(() -> Failure
                .runtime("%" + type + " format: a real number is required, not " + Types.name(value)));
    }

    private static BigInteger exact(Value value, char type) {
        Types.requireDefined(value);
        return Numbers.integer(value).orElseThrow(() -> Failure
                .runtime("%" + type + " format: an integer is required, not " + Types.name(value)));
    }

    private static double real(Value value) {
        return switch (value) {
            case Int _,Bool _,Real _ -> Numbers.toDouble(value);
            default -> {
                Types.requireDefined(value);
                throw Failure.runtime("must be real number, not " + Types.name(value));
            }
        };
    }

    private Text integer(BigInteger value, int radix, String prefix, String flags, int width, int precision,
            boolean upper) {
        String digits = value.abs().toString(radix);
        run.budget().spendText(Math.max(0, precision), 0);
        digits = "0".repeat(Math.max(0, precision - digits.length())) + digits;
        String sign = sign(value.signum() < 0, flags) + (flags.contains("#") ? prefix : "");
        return pad(Text.of(sign), Text.of(upper ? Characters.upper(digits) : digits), width, flags.contains("-"),
                flags.contains("0"));
    }

    private Text real(double value, char type, String flags, int width, int precision) {
        String digits = Decimals.write(value, Character.toLowerCase(type), precision < 0 ? 6 : precision,
                flags.contains("#"), run.budget());
        boolean negative = value < 0 || 1 / value < 0;
        return pad(Text.of(sign(negative, flags)), Text.of(Character.isUpperCase(type)
                ? Characters.upper(digits)
                : digits), width, flags.contains("-"), flags.contains("0"));
    }

    private static String sign(boolean negative, String flags) {
        return negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    }

    private Text pad(Text sign, Text body, int width, boolean left, boolean zeros) {
        int missing = Math.max(0, Math.abs(width) - sign.length() - body.length());
        run.budget().spendText(missing, 0);
        TextBuilder padded = new TextBuilder(run.budget());
        if (left || width < 0) {
            return padded.append(sign).append(body).append(" ".repeat(missing)).toText();
        }
        return zeros
                ? padded.append(sign).append("0".repeat(missing)).append(body).toText()
                : padded.append(" ".repeat(missing)).append(sign).append(body).toText();
    }
}
