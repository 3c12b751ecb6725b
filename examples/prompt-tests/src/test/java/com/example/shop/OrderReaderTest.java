package com.example.shop;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;
import static dev.cria.junit.LlamaAssertions.assertThatPrompt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.junit.LlamaTest;
import dev.cria.junit.PromptSource;
import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

@LlamaTest
class OrderReaderTest {
    /** A line of the table. */
    record Case(String message, Order order) {}

    @ParameterizedTest
    @PromptSource("orders.jsonl")
    void readsOrders(Case line, LlamaModel model) {
        assertThat(new OrderReader(model).read(line.message())).isEqualTo(line.order());
    }

    @Test
    void theAnswerIsAnOrderAndNothingElse(Chat chat) {
        String question = OrderReader.question("Ben bought 12 lamps on Monday.").messages().getLast().content();
        assertThatAnswer(chat.user(question)).isComplete().hasAtMostTokens(60).asJson(Order.class)
                .isEqualTo(new Order("Ben", 12, "lamps", "Monday"));
    }

    @Test
    void thePromptIsWhatTheModelWasTaught(LlamaModel model) {
        assertThatPrompt(model, OrderReader.question("5 books, please.")).rendersTo(
                "<s>[INST] Extract the name, count, item and day as JSON: 5 books, please. [/INST]")
                .hasAtMostTokens(model.tokenizer(), 40);
    }
}
