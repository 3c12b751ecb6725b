package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.session.Conversation;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** A model of which there is nothing but its answers, as of one that was recorded. */
final class PlainModel extends AnsweringModel {
    PlainModel(Answers recorded, ChatTemplate template) {
        this(recorded, template, List.of(), new Lifetime());
    }

    private PlainModel(Answers answers, ChatTemplate template, List<Consumer<? super TextRequest<?>>> defaults,
            Lifetime lifetime) {
        super(answers, template, defaults, lifetime);
    }

    @Override
    public LanguageModel withDefaults(Consumer<? super TextRequest<?>> defaults) {
        return new PlainModel(answers(), chatTemplate(), defaultsAnd(defaults), lifetime().within());
    }

    @Override
    public LanguageModel withListener(Consumer<? super GenerationResult> listener) {
        Objects.requireNonNull(listener, "listener must not be null");
        return new PlainModel(new ListenedAnswers(answers(), listener), chatTemplate(), defaults(),
                lifetime().within());
    }

    @Override
    void save(Path file, Conversation chat, AdapterChoice adapters) {
        throw new IllegalStateException("a chat of recorded answers has no keys and values to be saved with: save one"
                + " of the model itself");
    }

    @Override
    public void close() {
        lifetime().end();
    }
}
