package dev.cria.grammar.regular;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * How far a decimal number has been read that must be a multiple of {@code divisor / 10^scale}.
 *
 * @param divisor the divisor as a whole number, at least 1
 * @param scale decimal places of the divisor
 * @param remainder of the digits so far
 * @param places decimal places read, -1 before the point
 */
public record Divisibility(long divisor, int scale, long remainder, int places) {
    /** Larger ones would overflow. */
    private static final BigDecimal LARGEST = BigDecimal.valueOf(1_000_000_000_000L);

    /** {@return divisibility by a positive number, if it has at most 12 digits and decimal places} */
    public static Optional<Divisibility> by(BigDecimal number) {
        BigDecimal plain = number.stripTrailingZeros();
        int scale = Math.max(plain.scale(), 0);
        BigDecimal divisor = plain.movePointRight(scale);
        return scale > 12 || divisor.compareTo(LARGEST) > 0 || divisor.signum() <= 0
                ? Optional.empty()
                : Optional.of(new Divisibility(divisor.longValueExact(), scale, 0, -1));
    }

    boolean holds() {
        long value = remainder;
        for (int i = Math.max(places, 0); i < scale; i++) {
            value = value * 10 % divisor;
        }
        return value == 0;
    }

    Optional<Divisibility> after(int value) {
        if (value == '.' && places < 0) {
            return Optional.of(new Divisibility(divisor, scale, remainder, 0));
        }
        if (value < '0' || value > '9') {
            return Optional.empty();
        }
        if (places >= scale) {
            return value == '0' ? Optional.of(this) : Optional.empty();
        }
        return Optional.of(new Divisibility(divisor, scale, (remainder * 10 + value - '0') % divisor,
                places < 0 ? -1 : places + 1));
    }
}
