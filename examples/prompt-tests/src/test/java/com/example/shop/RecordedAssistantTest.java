package com.example.shop;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;

import dev.cria.junit.LlamaTest;
import dev.cria.model.LanguageModel;
import org.junit.jupiter.api.Test;

/** Runs on answers that were recorded: no model is loaded. */
@LlamaTest(transcript = "transcripts/assistant.jsonl")
class RecordedAssistantTest {
    @Test
    void goesOnFromTheLastQuestion(LanguageModel model) {
        ShopAssistant assistant = new ShopAssistant(model);
        assertThatAnswer(assistant.answer("What is the capital of Italy?")).mentions("Rome");
        assertThatAnswer(assistant.answer("And of Spain?")).mentions("Madrid");
    }
}
