package com.example.shop;

import static dev.cria.junit.LlamaAssertions.assertThatCases;
import static dev.cria.junit.LlamaAssertions.assertThatChoice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.junit.LlamaTest;
import dev.cria.junit.PromptSource;
import dev.cria.model.LlamaModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

@LlamaTest
class ReviewSorterTest {
    @ParameterizedTest
    @PromptSource("reviews.csv")
    void tellsGoodFromBad(String review, Mood mood, LlamaModel model) {
        assertThat(new ReviewSorter(model).moodOf(review)).isEqualTo(mood);
    }

    /** A line of the table. */
    record Review(String review, Mood mood) {}

    /** Reviews of which not each has to be told right. */
    @Test
    void tellsMostOfTheHardOnesRight(@PromptSource("hard-reviews.csv") List<Review> reviews, LlamaModel model) {
        ReviewSorter sorter = new ReviewSorter(model);
        assertThatCases(reviews).passAtLeast(0.9,
                each -> assertThat(sorter.moodOf(each.review())).isEqualTo(each.mood()));
    }

    @Test
    void isSureOfPraise(LlamaModel model) {
        Dialog question = Dialog.of(Message.user(ReviewSorter.question("The pizza was delicious.")));
        assertThatChoice(model, question, "Positive.", "Negative.").prefers("Positive.").givesAtLeast("Positive.", 0.9);
    }
}
