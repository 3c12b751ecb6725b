package com.example.shop;

import static dev.cria.junit.LlamaAssertions.assertThatAnswer;

import dev.cria.junit.LlamaTest;
import dev.cria.junit.MissingModel;
import dev.cria.model.LlamaModel;
import org.junit.jupiter.api.Test;

/**
 * Runs where somebody says {@code -Dshop.model=FILE.gguf} or sets {@code SHOP_MODEL}; is skipped, with that reason,
 * elsewhere.
 */
@LlamaTest(model = "${shop.model}", ifMissing = MissingModel.SKIP)
class LargeModelTest {
    @Test
    void knowsMoreThanCapitals(LlamaModel model) {
        assertThatAnswer(new ShopAssistant(model).answer("Who wrote Romeo and Juliet?")).mentions("Shakespeare");
    }
}
