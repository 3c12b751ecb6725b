package dev.cria.grammar.schema;

import dev.cria.grammar.regular.Divisibility;
import dev.cria.grammar.regular.Regex;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sets of numbers as languages of decimal numbers without exponents. Each of them has every way to write a number or
 * none, so that intersection and complement are those of the numbers.
 */
final class Numbers {
    /** All numbers. */
    static final Regex ALL = JsonTexts.regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
    /** Whole numbers. */
    static final Regex WHOLE = JsonTexts.regex("-?(0|[1-9][0-9]*)(\\.0+)?");
    /** Numbers that are written without a point. */
    static final Regex WITHOUT_POINT = JsonTexts.regex("-?(0|[1-9][0-9]*)");

    private static final String MAGNITUDE = "(0|[1-9][0-9]*)(\\.[0-9]+)?";
    private static final String FRACTION = "(\\.[0-9]+)?";

    private Numbers() {}

    static Regex atLeast(BigDecimal bound, boolean strictly) {
        return JsonTexts.regex(switch (bound.signum()) {
            case 1 -> magnitudeAtLeast(bound, strictly);
            case 0 -> strictly ? magnitudeAtLeast(bound, true) : MAGNITUDE + "|-0(\\.0+)?";
            default -> MAGNITUDE + "|-(" + magnitudeAtMost(bound.negate(), strictly) + ")";
        });
    }

    static Regex atMost(BigDecimal bound, boolean strictly) {
        return JsonTexts.regex(switch (bound.signum()) {
            case 1 -> "-(" + MAGNITUDE + ")|" + magnitudeAtMost(bound, strictly);
            case 0 -> strictly ? "-(" + magnitudeAtLeast(bound, true) + ")" : "-(" + MAGNITUDE + ")|0(\\.0+)?";
            default -> "-(" + magnitudeAtLeast(bound.negate(), strictly) + ")";
        });
    }

    static Regex equalTo(BigDecimal number) {
        return Regex.both(atLeast(number, false), atMost(number, false));
    }

    static Optional<Regex> multipleOf(BigDecimal divisor) {
        return Divisibility.by(divisor).map(divisibility -> Regex.both(ALL,
                Regex.sequence(JsonTexts.regex("-?"), Regex.multiple(divisibility))));
    }

    private static String magnitudeAtLeast(BigDecimal bound, boolean strictly) {
        Digits digits = Digits.of(bound);
        String whole = digits.whole;
        int length = whole.length();
        List<String> ways = new ArrayList<>(List.of("[1-9][0-9]{" + length + ",}" + FRACTION));
        for (int i = 0; i < length; i++) {
            if (whole.charAt(i) < '9') {
                ways.add(whole.substring(0, i) + "[" + (char) (whole.charAt(i) + 1) + "-9][0-9]{" + (length - i - 1)
                        + "}" + FRACTION);
            }
        }
        String fraction = digits.fraction;
        String more = strictly ? "[0-9]*[1-9][0-9]*" : "[0-9]*";
        if (fraction.isEmpty()) {
            ways.add(whole + (strictly ? "\\." + more : FRACTION));
        } else {
            for (int i = 0; i < fraction.length(); i++) {
                if (fraction.charAt(i) < '9') {
                    ways.add(whole + "\\." + fraction.substring(0, i) + "[" + (char) (fraction.charAt(i) + 1)
                            + "-9][0-9]*");
                }
            }
            ways.add(whole + "\\." + fraction + more);
        }
        return String.join("|", ways);
    }

    private static String magnitudeAtMost(BigDecimal bound, boolean strictly) {
        Digits digits = Digits.of(bound);
        String whole = digits.whole;
        int length = whole.length();
        List<String> ways = new ArrayList<>();
        if (length > 1) {
            ways.add("(0|[1-9][0-9]{0," + (length - 2) + "})" + FRACTION);
        }
        for (int i = 0; i < length; i++) {
            char least = i == 0 && length > 1 ? '1' : '0';
            if (whole.charAt(i) > least) {
                ways.add(whole.substring(0, i) + "[" + least + "-" + (char) (whole.charAt(i) - 1) + "][0-9]{"
                        + (length - i - 1) + "}" + FRACTION);
            }
        }
        String fraction = digits.fraction;
        if (!fraction.isEmpty()) {
            ways.add(whole);
            for (int i = 0; i < fraction.length(); i++) {
                if (i > 0) {
                    ways.add(whole + "\\." + fraction.substring(0, i));
                }
                if (fraction.charAt(i) > '0') {
                    ways.add(whole + "\\." + fraction.substring(0, i) + "[0-" + (char) (fraction.charAt(i) - 1)
                            + "][0-9]*");
                }
            }
            if (!strictly) {
                ways.add(whole + "\\." + fraction + "0*");
            }
        } else if (!strictly) {
            ways.add(whole + "(\\.0+)?");
        }
        // Below zero there is no magnitude: a class without characters.
        return ways.isEmpty() ? "[]" : String.join("|", ways);
    }

    private record Digits(String whole, String fraction) {
        static Digits of(BigDecimal number) {
            String text = number.stripTrailingZeros().toPlainString();
            int point = text.indexOf('.');
            return point < 0
                    ? new Digits(text, "")
                    : new Digits(text.substring(0, point), text.substring(point + 1));
        }
    }
}
