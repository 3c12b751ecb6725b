package dev.cria.chat;

import dev.cria.chat.Prompt.Part;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds marks in what a template wrote: tokens of the vocabulary, and texts in the form of marks. */
final class WrittenMarks {
    /** {@code <|user|>}, {@code [INST]}, {@code <<SYS>>} and the like, and DeepSeek's with wide bars. */
    private static final Pattern FORM = Pattern.compile("<\\|[^<>|\\s]{1,64}\\|>|<\uff5c[^<>\uff5c\\s]{1,64}\uff5c>"
            + "|\\[/?[A-Z_]{2,64}\\]|<</?[A-Z_]{2,64}>>");

    /** The texts of tokens by their first character, longer ones first. */
    private final Map<Character, List<String>> byFirst = new HashMap<>();

    WrittenMarks(SpecialTokens tokens) {
        Stream.concat(Stream.of(tokens.bos(), tokens.eos()), tokens.others().stream()).distinct()
                .filter(token -> !token.isEmpty()).sorted(Comparator.comparingInt(String::length).reversed())
                .forEach(token -> byFirst.computeIfAbsent(unescaped(token.charAt(0)), first -> new ArrayList<>())
                        .add(token));
    }

    /** Files write a space in a token either way. */
    private static char unescaped(char c) {
        return c == '\u2581' ? ' ' : c;
    }

    /** {@return whether a text has the form of a mark} */
    static boolean isForm(String text) {
        return FORM.matcher(text).matches();
    }

    /** {@return the mark that a text begins with, the whole text if there is none} */
    static String firstForm(String text) {
        Matcher found = FORM.matcher(text);
        return found.find() && text.substring(0, found.start()).isBlank() ? text.substring(0, found.end()) : text;
    }

    /** {@return texts in a text that have the form of marks, whether or not they are tokens} */
    static Set<String> formsIn(String text) {
        Set<String> forms = new LinkedHashSet<>();
        FORM.matcher(text).results().forEach(found -> forms.add(found.group()));
        return forms;
    }

    /** {@return what a text is made of: the tokens in it as marks, at each place the longest, and text between them} */
    List<Part> parts(String text) {
        List<Part> parts = new ArrayList<>();
        int from = 0;
        int at = 0;
        while (at < text.length()) {
            Optional<String> token = tokenAt(text, at);
            if (token.isPresent()) {
                if (from < at) {
                    parts.add(new Part.Text(text.substring(from, at)));
                }
                parts.add(new Part.Mark(token.get()));
                at += token.get().length();
                from = at;
            } else {
                at++;
            }
        }
        if (from < text.length()) {
            parts.add(new Part.Text(text.substring(from)));
        }
        return parts;
    }

    private Optional<String> tokenAt(String text, int at) {
        return byFirst.getOrDefault(unescaped(text.charAt(at)), List.of()).stream()
                .filter(token -> startsWith(text, at, token)).findFirst();
    }

    private static boolean startsWith(String text, int at, String token) {
        if (text.length() - at < token.length()) {
            return false;
        }
        for (int i = 0; i < token.length(); i++) {
            if (unescaped(text.charAt(at + i)) != unescaped(token.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
