package com.example.shop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.model.LanguageModel;

/** Reads orders that customers write in a sentence. */
public final class OrderReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LanguageModel model;

    public OrderReader(LanguageModel model) {
        this.model = model;
    }

    /** {@return what the model is asked about a message} */
    static Dialog question(String message) {
        return Dialog.of(Message.user("Extract the name, count, item and day as JSON: " + message));
    }

    public Order read(String message) {
        String answer = model.chat().user(question(message).messages().getLast().content()).temperature(0).maxTokens(60)
                .text();
        try {
            return JSON.readValue(answer, Order.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the model wrote no order: " + answer, e);
        }
    }
}
