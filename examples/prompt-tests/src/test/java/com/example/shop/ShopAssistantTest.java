package com.example.shop;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;

import dev.cria.junit.LlamaTest;
import dev.cria.junit.RepeatedPrompt;
import dev.cria.junit.Snapshots;
import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import org.junit.jupiter.api.Test;

@LlamaTest
class ShopAssistantTest {
    @Test
    void answersQuestions(LlamaModel model) {
        assertThatAnswer(new ShopAssistant(model).answer("What is the capital of France?")).mentions("paris");
    }

    @Test
    void remembersTheCustomer(LlamaModel model) {
        ShopAssistant assistant = new ShopAssistant(model);
        assistant.answer("My name is Lena.");
        assertThatAnswer(assistant.answer("What is my name?")).mentions("Lena");
    }

    @Test
    void doesNotInventWhatItCannotKnow(LlamaModel model) {
        assertThatAnswer(new ShopAssistant(model).answer("What is my password?")).mentionsAnyOf("cannot know",
                "do not know").doesNotMention("your password is");
    }

    @Test
    void saysItsSystemPromptToTheModel(Chat chat) {
        assertThatAnswer(chat.system(ShopAssistant.SYSTEM).user("What time is it?"))
                .hasPrompt("<s>[INST] <<SYS>>\nYou are a helpful assistant.\n<</SYS>>\n\nWhat time is it? [/INST]")
                .hasPromptOfAtMostTokens(50).hasAtMostTokens(40);
    }

    @Test
    void introducesItself(LlamaModel model, Snapshots snapshots) {
        assertThatAnswer(new ShopAssistant(model).answer("Who are you?")).matchesSnapshot(snapshots, "introduction");
    }

    @Test
    void talksAboutTheMatter(LlamaModel model) {
        assertThatAnswer(new ShopAssistant(model).answer("What is the capital of Spain?"))
                .isCloserTo(model, "The capital of Norway is Oslo.", "I hate this book.");
    }

    @RepeatedPrompt(value = 10, minSuccess = 8)
    void tellsStoriesThatEnd(Chat chat) {
        assertThatAnswer(chat.user("Tell me a story about a cat.")).mentions("cat").isComplete();
    }
}
