package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.Real;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What may stand after the colon in a field of {@code str.format}, such as {@code >8.2f}. */
final class FormatSpecification {
    private static final Pattern SYNTAX = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\\d{1,9})?"
                    + "(?<group>[,_])?(?:\\.(?<precision>\\d{1,9}))?(?<type>[bcdeEfFgGnosxX%])?",
            Pattern.DOTALL);

    private final Budget budget;
    private final Matcher syntax;
    private final int width;
    private final int precision;
    private final char type;

    FormatSpecification(String text, Budget budget) {
        this.budget = budget;
        syntax = SYNTAX.matcher(text);
        if (!syntax.matches()) {
            throw Failure.runtime("Invalid format specifier '" + text + "'");
        }
        width = number("width", 0);
        precision = number("precision", -1);
        type = has("type") ? syntax.group("type").charAt(0) : ' ';
        budget.spendText(width, 0);
    }

    private boolean has(String part) {
        return syntax.group(part) != null;
    }

    private int number(String part, int fallback) {
        return has(part) ? Integer.parseInt(syntax.group(part)) : fallback;
    }

    /** {@return a value in this format} */
    Text apply(Value value) {
        if (syntax.group().isEmpty()) {
            return PythonText.str(value, budget);
        }
        return switch (value) {
            case Text text when type == ' ' || type == 's' -> pad(Text.EMPTY, limited(text), '<');
            case Int _,Bool _ when "eEfFgG%".indexOf(type) < 0 -> integer(Numbers.integer(value).orElseThrow());
            case Int _,Bool _,Real _ when " eEfFgGn%".indexOf(type) >= 0 -> real(Numbers.toDouble(value));
            case Text _,Int _,Bool _,Real _ -> throw Failure.runtime("Unknown format code '" + type
                    + "' for object of type '" + Types.name(value) + "'");
            default -> throw Failure
                    .runtime("unsupported format string passed to " + Types.name(value) + ".__format__");
        };
    }

    private Text limited(Text text) {
        return precision >= 0 && precision < text.length() ? text.substring(0, text.index(precision)) : text;
    }

    private Text integer(BigInteger value) {
        if (precision >= 0) {
            throw Failure.runtime("Precision not allowed in integer format specifier");
        }
        String digits = switch (type) {
            case ' ', 'd', 'n' -> grouped(value.abs().toString(), 3);
            case 'b' -> grouped(value.abs().toString(2), 4);
            case 'o' -> grouped(value.abs().toString(8), 4);
            case 'x' -> grouped(value.abs().toString(16), 4);
            case 'X' -> Characters.upper(grouped(value.abs().toString(16), 4));
            case 'c' -> character(value);
            default -> throw Failure.runtime("Unknown format code '" + type + "' for object of type 'int'");
        };
        String prefix = has("alternate") && "boxX".indexOf(type) >= 0 ? "0" + type : "";
        return pad(Text.of(sign(value.signum() < 0) + prefix), Text.of(digits), '>');
    }

    /** {@return the character that a number is the code point of} */
    static String character(BigInteger codePoint) {
        if (codePoint.signum() < 0 || codePoint.compareTo(BigInteger.valueOf(Character.MAX_CODE_POINT)) > 0) {
            throw Failure.runtime("%c arg not in range(0x110000)");
        }
        return Character.toString(codePoint.intValue());
    }

    private Text real(double value) {
        boolean negative = value < 0 || 1 / value < 0;
        char manner = Character.toLowerCase(type);
        String digits = switch (manner) {
            case '%' -> Decimals.write(value * 100, 'f', precision < 0 ? 6 : precision, true, budget) + "%";
            case ' ' -> precision < 0 ? Numbers.write(Math.abs(value)) : plain(value);
            default -> Decimals.write(value, manner == 'n' ? 'g' : manner, precision < 0 ? 6 : precision,
                    has("alternate"), budget);
        };
        return pad(Text.of(sign(negative)), Text.of(grouped(Character.isUpperCase(type)
                ? Characters.upper(digits)
                : digits, 3)), '>');
    }

    /** Without a letter there is always a decimal, or an exponent. */
    private String plain(double value) {
        String digits = Decimals.write(value, 'g', precision, false, budget);
        return digits.chars().allMatch(Character::isDigit) ? digits + ".0" : digits;
    }

    private String sign(boolean negative) {
        String sign = has("sign") ? syntax.group("sign") : "-";
        return negative ? "-" : sign.equals("-") ? "" : sign;
    }

    /** Groups the digits before a point or exponent. */
    private String grouped(String digits, int size) {
        if (!has("group")) {
            return digits;
        }
        int end = 0;
        while (end < digits.length() && Character.digit(digits.charAt(end), 16) >= 0) {
            end++;
        }
        StringBuilder grouped = new StringBuilder(digits);
        for (int at = end - size; at > 0; at -= size) {
            grouped.insert(at, syntax.group("group"));
        }
        return grouped.toString();
    }

    private Text pad(Text sign, Text body, char natural) {
        boolean number = natural == '>';
        char align = has("align") ? syntax.group("align").charAt(0) : has("zero") && number ? '=' : natural;
        if (align == '=' && !number) {
            throw Failure.runtime("'=' alignment not allowed in string format specifier");
        }
        String fill = has("fill") ? syntax.group("fill") : has("zero") ? "0" : " ";
        int missing = Math.max(0, width - sign.length() - body.length());
        int left = switch (align) {
            case '<' -> 0;
            case '^' -> missing / 2;
            default -> missing;
        };
        TextBuilder padded = new TextBuilder(budget);
        if (align == '=') {
            padded.append(sign).append(fill.repeat(left));
        } else {
            padded.append(fill.repeat(left)).append(sign);
        }
        return padded.append(body).append(fill.repeat(missing - left)).toText();
    }
}
