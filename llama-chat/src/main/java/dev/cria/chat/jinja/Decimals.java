package dev.cria.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** The ways of C's {@code printf} to write a float: exact decimals, rounded half to even. */
final class Decimals {
    private static final int MOST_DIGITS = 400;

    private Decimals() {}

    /** {@return the magnitude of a finite float in the manner of a letter: f, e or g} */
    static String write(double value, char manner, int precision, boolean keepsZeros, Budget budget) {
        budget.spendDecimal();
        budget.spendText(precision, 0);
        if (precision > MOST_DIGITS) {
            throw Failure.runtime("at most " + MOST_DIGITS + " digits are written, not " + precision);
        }
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return "inf";
        }
        BigDecimal exact = new BigDecimal(Math.abs(value));
        return switch (manner) {
            case 'f' -> exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
            case 'e' -> scientific(exact, precision, true);
            default -> general(exact, Math.max(1, precision), keepsZeros);
        };
    }

    private static BigDecimal rounded(BigDecimal exact, int digits) {
        return exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    }

    private static int exponent(BigDecimal rounded) {
        return rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    }

    private static String scientific(BigDecimal exact, int decimals, boolean keepsZeros) {
        BigDecimal rounded = rounded(exact, decimals + 1);
        int exponent = exponent(rounded);
        String mantissa = rounded.movePointLeft(exponent).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
        return (keepsZeros ? mantissa : withoutZeros(mantissa)) + Numbers.exponent(exponent);
    }

    private static String general(BigDecimal exact, int digits, boolean keepsZeros) {
        int exponent = exponent(rounded(exact, digits));
        if (exponent < -4 || exponent >= digits) {
            return scientific(exact, digits - 1, keepsZeros);
        }
        String fixed = exact.setScale(digits - 1 - exponent, RoundingMode.HALF_EVEN).toPlainString();
        return keepsZeros ? fixed : withoutZeros(fixed);
    }

    private static String withoutZeros(String number) {
        if (number.indexOf('.') < 0) {
            return number;
        }
        int end = number.length();
        while (number.charAt(end - 1) == '0') {
            end--;
        }
        return number.substring(0, number.charAt(end - 1) == '.' ? end - 1 : end);
    }
}
