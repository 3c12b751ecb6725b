package dev.cria.chat.jinja;

import java.util.Arrays;

/** Joins texts to one. */
final class TextBuilder {
    private final Budget budget;
    private final StringBuilder characters = new StringBuilder();
    private int[] ends = new int[4];
    private int[] origins = new int[4];
    private int runs;

    TextBuilder(Budget budget) {
        this.budget = budget;
    }

    TextBuilder append(Text text) {
        text.appendTo(this);
        return this;
    }

    /** Adds what the template wrote. */
    TextBuilder append(String text) {
        return append(text, Text.TEMPLATE);
    }

    TextBuilder append(String text, int origin) {
        append(text, 0, text.length(), origin);
        return this;
    }

    void append(String text, int from, int to, int origin) {
        if (from >= to) {
            return;
        }
        budget.spendText(to - from, characters.length());
        characters.append(text, from, to);
        if (runs > 0 && origins[runs - 1] == origin) {
            ends[runs - 1] = characters.length();
            return;
        }
        if (runs == ends.length) {
            ends = Arrays.copyOf(ends, 2 * runs);
            origins = Arrays.copyOf(origins, 2 * runs);
        }
        ends[runs] = characters.length();
        origins[runs++] = origin;
    }

    boolean isEmpty() {
        return runs == 0;
    }

    Text toText() {
        return Text.built(characters, ends, origins, runs);
    }
}
