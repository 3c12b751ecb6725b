package com.example.shop;

import static dev.cria.junit.LlamaAssertions.assertThatChoice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.junit.LlamaTest;
import dev.cria.junit.PromptSource;
import dev.cria.model.LlamaModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

@LlamaTest
class ReviewSorterTest {
    @ParameterizedTest
    @PromptSource("reviews.csv")
    void tellsGoodFromBad(String review, Mood mood, LlamaModel model) {
        assertThat(new ReviewSorter(model).moodOf(review)).isEqualTo(mood);
    }

    @Test
    void isSureOfPraise(LlamaModel model) {
        Dialog question = Dialog.of(Message.user(ReviewSorter.question("The pizza was delicious.")));
        assertThatChoice(model, question, "Positive.", "Negative.").prefers("Positive.").givesAtLeast("Positive.", 0.9);
    }
}
