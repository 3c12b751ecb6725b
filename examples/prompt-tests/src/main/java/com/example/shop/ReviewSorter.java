package com.example.shop;

import dev.cria.model.LanguageModel;
import java.util.Locale;

/** Tells good reviews from bad ones. */
public final class ReviewSorter {
    private final LanguageModel model;

    public ReviewSorter(LanguageModel model) {
        this.model = model;
    }

    static String question(String review) {
        return "Is this sentence positive or negative? " + review;
    }

    public Mood moodOf(String review) {
        String answer = model.chat().user(question(review)).temperature(0).maxTokens(8).text();
        return switch (answer.toLowerCase(Locale.ROOT).replace(".", "")) {
            case "positive" -> Mood.POSITIVE;
            case "negative" -> Mood.NEGATIVE;
            default -> throw new IllegalStateException("the model names no mood: " + answer);
        };
    }
}
