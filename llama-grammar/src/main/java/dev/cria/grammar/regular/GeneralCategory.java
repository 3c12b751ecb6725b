package dev.cria.grammar.regular;

import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Unicode's general categories, as {@code \p{...}} names them. */
final class GeneralCategory {
    /** Short names in the order of the numbers of {@link Character#getType(int)}; 17 is not in use. */
    private static final String[] TYPES = {"Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "",
        "Zs", "Zl", "Zp", "Cc", "Cf", "", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi",
        "Pf"};

    private static final Map<String, String> LONG_NAMES = Map.of("Letter", "L", "Uppercase_Letter", "Lu",
            "Lowercase_Letter", "Ll", "Mark", "M", "Number", "N", "Decimal_Number", "Nd", "Punctuation", "P", "Symbol",
            "S", "digit", "Nd", "Separator", "Z");

    private GeneralCategory() {}

    static Optional<IntPredicate> named(String written) {
        String after = written.substring(written.indexOf('=') + 1);
        String name = LONG_NAMES.getOrDefault(after, after);
        boolean known = false;
        boolean[] wanted = new boolean[TYPES.length];
        for (int type = 0; type < TYPES.length; type++) {
            wanted[type] = !name.isEmpty() && !TYPES[type].isEmpty() && TYPES[type].startsWith(name);
            known |= wanted[type];
        }
        return known ? Optional.of(c -> wanted[Character.getType(c)]) : Optional.empty();
    }
}
