package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Ways to say the same.
 *
 * @param training those that training draws from
 * @param further those that training draws from besides, in its later phases
 * @param heldOut those that only the evaluation draws from
 */
record Phrases(List<String> training, List<String> further, List<String> heldOut) {
    /** Words that begin a request, which can be put more politely. */
    private static final Set<String> VERBS = Set.of("Add", "Calculate", "Classify", "Compute", "Convert", "Copy",
            "Count", "Decide", "Echo", "Extract", "Fill", "Find", "Get", "Give", "Label", "Make", "Name", "Print",
            "Pull", "Put", "Read", "Repeat", "Return", "Reverse", "Say", "Shout", "Solve", "Spell", "Subtract", "Take",
            "Tell", "Turn", "Work", "Write");

    Phrases {
        training = List.copyOf(training);
        heldOut = List.copyOf(heldOut);
        further = politely(training, further, heldOut);
        if (training.stream().anyMatch(heldOut::contains)) {
            throw new IllegalArgumentException("a phrasing that is held out must not be trained: " + heldOut);
        }
    }

    Phrases(List<String> training, List<String> heldOut) {
        this(training, List.of(), heldOut);
    }

    /**
     * {@return the phrasings of some lines}
     *
     * <p>Those after a line of dashes are held out; a line of pluses may follow, and after it further ones for
     * training. In these, {@code [a|b]} stands for a as well as for b.
     */
    static Phrases of(String lines) {
        String[] parts = lines.strip().split("\n[-+]+\n", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException("expected one or two dividing lines in: " + lines);
        }
        List<String> further = new ArrayList<>();
        if (parts.length == 3) {
            for (String line : parts[2].split("\n", -1)) {
                expand(line, further);
            }
        }
        return new Phrases(Arrays.asList(parts[0].split("\n", -1)), further, Arrays.asList(parts[1].split("\n", -1)));
    }

    private static void expand(String line, List<String> all) {
        int open = line.indexOf('[');
        if (open < 0) {
            all.add(Texts.capitalised(line));
            return;
        }
        int close = line.indexOf(']', open);
        for (String choice : line.substring(open + 1, close).split("\\|", -1)) {
            expand(line.substring(0, open) + choice + line.substring(close + 1), all);
        }
    }

    /** {@return the further phrasings, and polite forms of all requests, without those that are held out} */
    private static List<String> politely(List<String> training, List<String> further, List<String> heldOut) {
        Set<String> all = new LinkedHashSet<>(further);
        List<String> both = new ArrayList<>(training);
        both.addAll(further);
        for (String phrase : both) {
            int space = phrase.indexOf(' ');
            if (space > 0 && VERBS.contains(phrase.substring(0, space))) {
                String request = phrase.substring(0, 1).toLowerCase(Locale.ROOT) + phrase.substring(1);
                all.add("Please " + request);
                all.add("Now " + request);
                if (request.endsWith(".")) {
                    String asked = request.substring(0, request.length() - 1) + "?";
                    all.add("Can you " + asked);
                    all.add("Could you " + asked);
                    all.add("I want you to " + request);
                }
            }
        }
        Set<String> never = new HashSet<>();
        heldOut.forEach(phrase -> never.add(bare(phrase)));
        return all.stream().filter(phrase -> !never.contains(bare(phrase))).toList();
    }

    /** {@return a phrasing without what makes no difference: capitals and the sign at its end} */
    private static String bare(String phrase) {
        return phrase.toLowerCase(Locale.ROOT).replaceAll("[.?!]$", "");
    }
}
