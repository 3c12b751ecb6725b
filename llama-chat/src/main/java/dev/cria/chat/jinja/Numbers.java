package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Bool;
import dev.cria.chat.jinja.Value.Int;
import dev.cria.chat.jinja.Value.Real;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.regex.Pattern;

/** Python's arithmetic of {@code int}, {@code float} and {@code bool}, and how numbers are written and read. */
final class Numbers {
    /** The largest whole number that a template may make: any that a float is, and no larger. */
    private static final int MOST_BITS = 1024;
    /** Digits of a number that is read from a text. */
    private static final int MOST_DIGITS = 400;
    /** Whole numbers up to here are exact in a double. */
    private static final BigInteger EXACT = BigInteger.ONE.shiftLeft(53);
    private static final Pattern FLOAT = Pattern
            .compile("[+-]?(\\d+(_\\d+)*\\.?(\\d+(_\\d+)*)?|\\.\\d+(_\\d+)*)([eE][+-]?\\d+(_\\d+)*)?");

    private Numbers() {}

    static boolean isNumber(Value value) {
        return value instanceof Int || value instanceof Real || value instanceof Bool;
    }

    /** {@return the whole number that an {@code int} or a {@code bool} is} */
    static Optional<BigInteger> integer(Value value) {
        return switch (value) {
            case Int(BigInteger number) -> Optional.of(number);
            case Bool bool -> Optional.of(Comparison.integer(bool));
            default -> Optional.empty();
        };
    }

    /** {@return a number as a double} */
    static double toDouble(Value number) {
        if (number instanceof Real(double value)) {
            return value;
        }
        double result = integer(number).orElseThrow().doubleValue();
        if (Double.isInfinite(result)) {
            throw Failure.runtime("int too large to convert to float");
        }
        return result;
    }

    static Int checked(BigInteger value) {
        if (value.bitLength() > MOST_BITS) {
            throw Failure.runtime("the template makes a whole number of " + value.bitLength() + " bits; " + MOST_BITS
                    + " is the limit");
        }
        return new Int(value);
    }

    static Value add(Value a, Value b) {
        return a instanceof Real || b instanceof Real
                ? new Real(toDouble(a) + toDouble(b))
                : checked(whole(a).add(whole(b)));
    }

    static Value subtract(Value a, Value b) {
        return a instanceof Real || b instanceof Real
                ? new Real(toDouble(a) - toDouble(b))
                : checked(whole(a).subtract(whole(b)));
    }

    static Value multiply(Value a, Value b) {
        return a instanceof Real || b instanceof Real
                ? new Real(toDouble(a) * toDouble(b))
                : checked(whole(a).multiply(whole(b)));
    }

    static Value divide(Value a, Value b) {
        requireNotZero(b, a instanceof Real || b instanceof Real ? "float division by zero" : "division by zero");
        if (a instanceof Real || b instanceof Real || (isExact(a) && isExact(b))) {
            return new Real(toDouble(a) / toDouble(b));
        }
        double quotient = new BigDecimal(whole(a)).divide(new BigDecimal(whole(b)), new MathContext(40)).doubleValue();
        if (Double.isInfinite(quotient)) {
            throw Failure.runtime("integer division result too large for a float");
        }
        return new Real(quotient);
    }

    private static boolean isExact(Value number) {
        return whole(number).abs().compareTo(EXACT) <= 0;
    }

    /** Rounds down. */
    static Value floorDivide(Value a, Value b) {
        if (a instanceof Real || b instanceof Real) {
            requireNotZero(b, "float floor division by zero");
            return new Real(floorDivide(toDouble(a), toDouble(b)));
        }
        requireNotZero(b, "integer division or modulo by zero");
        BigInteger[] parts = whole(a).divideAndRemainder(whole(b));
        boolean below = parts[1].signum() != 0 && parts[1].signum() != whole(b).signum();
        return new Int(below ? parts[0].subtract(BigInteger.ONE) : parts[0]);
    }

    private static double floorDivide(double a, double b) {
        double remainder = a % b;
        double quotient = (a - remainder) / b;
        if (remainder != 0 && (b < 0) != (remainder < 0)) {
            quotient -= 1;
        }
        if (quotient == 0) {
            return Math.copySign(0, a / b);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    /** Has the sign of the divisor. */
    static Value modulo(Value a, Value b) {
        if (a instanceof Real || b instanceof Real) {
            requireNotZero(b, "float modulo");
            double divisor = toDouble(b);
            double remainder = toDouble(a) % divisor;
            if (remainder == 0) {
                return new Real(Math.copySign(0, divisor));
            }
            return new Real((divisor < 0) != (remainder < 0) ? remainder + divisor : remainder);
        }
        requireNotZero(b, "integer division or modulo by zero");
        BigInteger remainder = whole(a).remainder(whole(b));
        return new Int(remainder.signum() != 0 && remainder.signum() != whole(b).signum()
                ? remainder.add(whole(b))
                : remainder);
    }

    static Value power(Value a, Value b) {
        if (a instanceof Real || b instanceof Real || whole(b).signum() < 0) {
            return new Real(power(toDouble(a), toDouble(b)));
        }
        BigInteger base = whole(a);
        BigInteger exponent = whole(b);
        if (base.abs().bitLength() < 2) {
            boolean negative = base.signum() < 0 && exponent.testBit(0);
            return exponent.signum() == 0 ? Int.of(1) : new Int(negative ? base : base.abs());
        }
        if (exponent.bitLength() > 31 || exponent.longValue() * (base.bitLength() - 1L) > MOST_BITS) {
            throw Failure.runtime("the template makes a whole number of more than " + MOST_BITS + " bits");
        }
        return checked(base.pow(exponent.intValue()));
    }

    private static double power(double base, double exponent) {
        if (base == 0 && exponent < 0) {
            throw Failure.runtime("0.0 cannot be raised to a negative power");
        }
        double result = base == 1 ? 1 : Math.pow(base, exponent);
        if (base < 0 && Double.isNaN(result) && !Double.isNaN(exponent)) {
            throw Failure.runtime("a negative number cannot be raised to a fractional power: "
                    + "complex numbers are not supported");
        }
        if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
            throw Failure.runtime("(34, 'Numerical result out of range')");
        }
        return result;
    }

    static Value negate(Value a) {
        return a instanceof Real(double value) ? new Real(-value) : new Int(whole(a).negate());
    }

    static Value absolute(Value a) {
        return a instanceof Real(double value) ? new Real(Math.abs(value)) : new Int(whole(a).abs());
    }

    /** {@return a number rounded to a number of decimals, halves to even, as Python's {@code round}} */
    static Value round(Value number, int decimals, Budget budget) {
        budget.spendDecimal();
        if (number instanceof Real(double value)) {
            if (!Double.isFinite(value) || decimals > 400) {
                return number;
            }
            double rounded = new BigDecimal(value).setScale(Math.max(decimals, -400), RoundingMode.HALF_EVEN)
                    .doubleValue();
            return new Real(Math.copySign(rounded, value));
        }
        return decimals >= 0
                ? new Int(whole(number))
                : new Int(new BigDecimal(whole(number)).setScale(Math.max(decimals, -MOST_DIGITS),
                        RoundingMode.HALF_EVEN).toBigInteger());
    }

    private static BigInteger whole(Value number) {
        return integer(number).orElseThrow();
    }

    private static void requireNotZero(Value divisor, String message) {
        if (!Types.isTrue(divisor)) {
            throw Failure.runtime(message);
        }
    }

    /** {@return a {@code float} as Python writes it: as few digits as tell it from others} */
    static String write(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        String sign = value < 0 || 1 / value < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        if (shortest.precision() == 2) {
            // Java writes at least two digits, although one may do
            BigDecimal one = shortest.round(new MathContext(1, RoundingMode.HALF_EVEN));
            shortest = one.doubleValue() == Math.abs(value) ? one.stripTrailingZeros() : shortest;
        }
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
            return sign + digits.charAt(0) + fraction + exponent(exponent);
        }
        String plain = shortest.toPlainString();
        return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
    }

    /** {@return an exponent as Python writes it, with two digits at least} */
    static String exponent(int exponent) {
        String digits = Integer.toString(Math.abs(exponent));
        return (exponent < 0 ? "e-" : "e+") + (digits.length() < 2 ? "0" : "") + digits;
    }

    /** {@return the {@code float} that a text is, if it is one} */
    static Optional<Double> readFloat(String text) {
        String stripped = Characters.strip(text);
        String unsigned = stripped.startsWith("-") || stripped.startsWith("+") ? stripped.substring(1) : stripped;
        double sign = stripped.startsWith("-") ? -1 : 1;
        if (unsigned.equalsIgnoreCase("inf") || unsigned.equalsIgnoreCase("infinity")) {
            return Optional.of(sign * Double.POSITIVE_INFINITY);
        }
        if (unsigned.equalsIgnoreCase("nan")) {
            return Optional.of(Double.NaN);
        }
        return stripped.length() <= MOST_DIGITS && FLOAT.matcher(stripped).matches()
                ? Optional.of(Double.parseDouble(stripped.replace("_", "")))
                : Optional.empty();
    }

    /** {@return the {@code int} that a text is in a base, if it is one; base 0 follows the prefix} */
    static Optional<BigInteger> readInteger(String text, int base) {
        String digits = Characters.strip(text);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = base;
        int prefixed = digits.length() < 2 || digits.charAt(0) != '0' ? 0 : switch (digits.charAt(1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 0;
        };
        if (prefixed != 0 && (base == 0 || base == prefixed)) {
            radix = prefixed;
            digits = digits.substring(2);
            if (digits.startsWith("_")) {
                digits = digits.substring(1);
            }
        } else if (base == 0) {
            if (digits.length() > 1 && digits.startsWith("0") && !digits.replaceAll("[0_]", "").isEmpty()) {
                return Optional.empty();
            }
            radix = 10;
        }
        if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")
                || digits.length() > MOST_DIGITS) {
            return Optional.empty();
        }
        String plain = digits.replace("_", "");
        int radixToUse = radix;
        if (!plain.chars().allMatch(c -> Character.digit(c, radixToUse) >= 0)) {
            return Optional.empty();
        }
        BigInteger value = checked(new BigInteger(plain, radix)).value();
        return Optional.of(negative ? value.negate() : value);
    }
}
