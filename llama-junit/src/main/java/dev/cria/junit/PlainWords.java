package dev.cria.junit;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/** A text reduced to its words, so that case, punctuation and white space make no difference. */
final class PlainWords {
    /** Apostrophes belong to their word: "don't" is one. */
    private static final Pattern APOSTROPHE = Pattern.compile("['\u2019]");
    /** Everything but letters, digits, and points and commas between digits. */
    private static final Pattern BETWEEN = Pattern
            .compile("(?:(?<!\\p{N})[.,]|[.,](?!\\p{N})|[^\\p{L}\\p{M}\\p{N}.,])+");

    private PlainWords() {}

    static String of(String text) {
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return BETWEEN.matcher(APOSTROPHE.matcher(folded).replaceAll("")).replaceAll(" ").strip();
    }

    static boolean contain(String text, String words) {
        return (" " + of(text) + " ").contains(" " + of(words) + " ");
    }
}
