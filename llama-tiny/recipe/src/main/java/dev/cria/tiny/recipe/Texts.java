package dev.cria.tiny.recipe;

import java.util.List;
import java.util.Locale;

/** Small changes of a text. */
final class Texts {
    private Texts() {}

    static String capitalised(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    /** {@return the text with its slots, such as {@code {name}}, filled} */
    static String fill(String template, String... namesAndValues) {
        String text = template;
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text = text.replace("{" + namesAndValues[i] + "}", namesAndValues[i + 1]);
        }
        return text;
    }

    /** {@return the noun with "a" or "an" before it} */
    static String withArticle(String noun) {
        return ("aeio".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
    }

    /** {@return the values as a list in a sentence: "a, b and c"} */
    static String listed(List<String> values) {
        int last = values.size() - 1;
        return last == 0
                ? values.getFirst()
                : String.join(", ", values.subList(0, last)) + " and " + values.get(last);
    }
}
