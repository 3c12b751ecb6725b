package com.example.shop;

import dev.cria.model.Chat;
import dev.cria.model.LanguageModel;

/** Talks to one customer. */
public final class ShopAssistant {
    static final String SYSTEM = "You are a helpful assistant.";

    private final Chat chat;

    public ShopAssistant(LanguageModel model) {
        chat = model.chat().system(SYSTEM);
    }

    public String answer(String question) {
        return chat.user(question).maxTokens(80).text();
    }
}
