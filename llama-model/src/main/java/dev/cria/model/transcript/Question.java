package dev.cria.model.transcript;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a model was asked.
 *
 * @param kind what for
 * @param prompt the prompt or the text, as whoever asked gave it
 * @param options the options that have a bearing on the answer
 */
public record Question(Kind kind, String prompt, Map<String, String> options) {
    /** Kinds of questions; the names in lower case are those in the file. */
    public enum Kind {
        /** A text to continue. */
        TEXT("prompt"),
        /** Token ids to continue. */
        TOKENS("prompt of token ids"),
        /** A gap to fill. */
        INFILL("gap"),
        /** A turn of a conversation. */
        CHAT("dialog"),
        /** A text to score. */
        SCORE("text to score"),
        /** Token ids to score. */
        SCORE_TOKENS("sequence of token ids to score"),
        /** A text to embed. */
        EMBEDDING("text to embed");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** {@return the kind in words} */
        public String label() {
            return label;
        }

        String inFile() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Kind> fromFile(String name) {
            return List.of(values()).stream().filter(kind -> kind.inFile().equals(name)).findFirst();
        }
    }

    /** Copies the options. */
    public Question {
        options = Map.copyOf(options);
    }

    /**
     * {@return how this question differs from the ones that were answered, in words}
     *
     * @param answered the others
     */
    public String differences(List<Question> answered) {
        List<Question> sameKind = answered.stream().filter(other -> other.kind == kind).toList();
        Optional<Question> samePrompt = sameKind.stream().filter(other -> other.prompt.equals(prompt))
                .min(Comparator.comparingInt(other -> changedOptions(other).size()));
        if (samePrompt.isPresent()) {
            return "It was recorded with other options: " + String.join(", ", changedOptions(samePrompt.get()));
        }
        return sameKind.stream().max(Comparator.comparingInt(this::similarity))
                .map(other -> "The most similar that was recorded is:\n" + other.prompt.indent(4)
                        + "From character " + commonBeginning(other) + " on they differ.")
                .orElse("No such question was recorded, but " + answered.size() + " of other kinds.");
    }

    private List<String> changedOptions(Question other) {
        List<String> changes = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(options.keySet());
        names.addAll(other.options.keySet());
        for (String name : names) {
            String mine = options.getOrDefault(name, "not set");
            String theirs = other.options.getOrDefault(name, "not set");
            if (!mine.equals(theirs)) {
                changes.add(name + " " + theirs + ", now " + mine);
            }
        }
        return changes;
    }

    private int commonBeginning(Question other) {
        int most = Math.min(prompt.length(), other.prompt.length());
        int common = 0;
        while (common < most && prompt.charAt(common) == other.prompt.charAt(common)) {
            common++;
        }
        return common;
    }

    private int similarity(Question other) {
        int beginning = commonBeginning(other);
        int most = Math.min(prompt.length(), other.prompt.length()) - beginning;
        int end = 0;
        while (end < most && prompt.charAt(prompt.length() - 1 - end) == other.prompt.charAt(other.prompt.length() - 1
                - end)) {
            end++;
        }
        return beginning + end - Math.abs(prompt.length() - other.prompt.length());
    }

    /** {@return a text by which questions are ordered in a file} */
    String order() {
        return kind + prompt + '\u0000' + new TreeMap<>(options);
    }
}
